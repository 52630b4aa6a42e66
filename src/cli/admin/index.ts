// meshd admin: administers a coordinator over its local socket.
import type { Command } from "commander";
import { examples } from "../options.ts";
import { configureKeys } from "./key.ts";
import { configureNodes } from "./node.ts";
import { configureRelays } from "./relay.ts";

export function configure(command: Command): void {
  configureKeys(command.command("key").description("auth keys: create, list, revoke"));
  configureNodes(command.command("node").description("nodes of the mesh: list, remove, rename"));
  configureRelays(command.command("relay").description("relays: create, list, remove, allow"));
  examples(command, "meshd admin key create", "meshd admin node list", "meshd admin relay --help");
}
