// meshd admin node: list, remove and rename nodes.
import type { Command } from "commander";
import type { NodeRecord, RemovedNode } from "../../local-api/admin-api.ts";
import { examples } from "../options.ts";
import { paintFor, renderTable } from "../table.ts";
import { print } from "../print.ts";
import { addAdminOptions, adminClient, type AdminFlags, formatTime } from "./client.ts";

export function configureNodes(command: Command): void {
  configureList(command.command("list").description("all nodes of the mesh"));
  configureRemove(command.command("remove").description("end a node's membership and its live connections, at once"));
  configureRename(command.command("rename").description("give a node another name"));
  examples(command, "meshd admin node list", "meshd admin node remove old-laptop");
}

function configureList(command: Command): void {
  addAdminOptions(command);
  examples(command, "meshd admin node list", "meshd admin node list --json");
  command.action(async (flags: AdminFlags) => {
    const nodes = (await adminClient(flags).request("GET", "/v1/nodes")) as readonly NodeRecord[];
    if (flags.json === true) {
      print(JSON.stringify(nodes));
      return;
    }
    const paint = paintFor(process.stdout);
    const titles = ["NAME", "IPS", "STATE", "LAST SEEN", "OS", "VERSION", "TAGS"];
    const rows = nodes.map((node) => [
      node.name,
      node.ips.join(" "),
      node.online ? paint("green", "online") : paint("dim", "offline"),
      node.online ? "now" : formatTime(node.lastSeen),
      node.os,
      node.version,
      [...node.tags, ...(node.ephemeral ? ["(ephemeral)"] : [])].join(" "),
    ]);
    const columns = titles.map((title) => ({ title }));
    print(rows.length === 0 ? "no nodes yet; meshd admin key create makes a key for one" : renderTable(columns, rows));
  });
}

function configureRemove(command: Command): void {
  addAdminOptions(command).argument("<name>", "name or overlay IP of the node");
  examples(command, "meshd admin node remove old-laptop");
  command.action(async (name: string, flags: AdminFlags) => {
    const path = `/v1/nodes/${encodeURIComponent(name)}`;
    const removed = (await adminClient(flags).request("DELETE", path)) as RemovedNode;
    print(
      flags.json === true ? JSON.stringify(removed) : `${removed.name} is removed; it needs a new key to come back`,
    );
  });
}

function configureRename(command: Command): void {
  addAdminOptions(command)
    .argument("<name>", "name or overlay IP of the node")
    .argument("<new-name>", "lower-case letters, digits and hyphens");
  examples(command, "meshd admin node rename laptop-1 annas-laptop");
  command.action(async (name: string, newName: string, flags: AdminFlags) => {
    const path = `/v1/nodes/${encodeURIComponent(name)}/rename`;
    const renamed = (await adminClient(flags).request("POST", path, { name: newName })) as NodeRecord;
    print(flags.json === true ? JSON.stringify(renamed) : `${name} is now ${renamed.name}`);
  });
}
