// meshd ip: the overlay addresses of this node, or of another.
import { type Command, Option } from "commander";
import { MeshdError } from "../protocol/errors.ts";
import { fetchStatus, findNode, nodeClient, type SocketOption } from "./node-client.ts";
import { print } from "./print.ts";
import { examples, jsonOption, socketOption } from "./options.ts";

interface IpOptions extends SocketOption {
  readonly 4?: boolean;
  readonly 6?: boolean;
  readonly json?: boolean;
}

export function configure(command: Command): void {
  command
    .argument("[node]", "name, overlay IP or key of a node; without it, this one")
    .addOption(new Option("-4", "IPv4 only").conflicts("6"))
    .addOption(new Option("-6", "IPv6 only"))
    .addOption(jsonOption())
    .addOption(socketOption("daemon"));
  examples(command, "meshd ip -4", "meshd ip laptop");
  command.action(async (wanted: string | undefined, options: IpOptions) => {
    const status = await fetchStatus(nodeClient(options));
    const node = wanted === undefined ? status.self : findNode(status, wanted);
    if (node === undefined || node.ips.length === 0) {
      throw new MeshdError(
        "no-address",
        1,
        `this node has no overlay address (${status.state}); join with \`meshd up\``,
      );
    }
    const ips = node.ips.filter((ip) => {
      if (options[4] === true) return !ip.includes(":");
      return options[6] !== true || ip.includes(":");
    });
    print(options.json === true ? JSON.stringify(ips) : ips.join("\n"));
  });
}
