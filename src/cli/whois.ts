// meshd whois: which node an overlay address (or name) belongs to.
import type { Command } from "commander";
import { fetchStatus, findNode, nodeClient, type SocketOption } from "./node-client.ts";
import { print } from "./print.ts";
import { examples, jsonOption, socketOption } from "./options.ts";

export function configure(command: Command): void {
  command.argument("<ip>", "overlay IP, name or key").addOption(jsonOption()).addOption(socketOption("daemon"));
  examples(command, "meshd whois 100.64.0.2");
  command.action(async (wanted: string, options: SocketOption & { readonly json?: boolean }) => {
    const { name, dnsName, key, ips, tags } = findNode(await fetchStatus(nodeClient(options)), wanted);
    if (options.json === true) {
      print(JSON.stringify({ name, dnsName, key, ips, tags }));
      return;
    }
    print(`name  ${name} (${dnsName})`);
    print(`key   ${key}`);
    print(`ips   ${ips.join(" ")}`);
    if (tags.length > 0) print(`tags  ${tags.join(" ")}`);
  });
}
