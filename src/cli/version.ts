// meshd version.
import type { Command } from "commander";
import { programVersion } from "../version.ts";
import { print } from "./print.ts";
import { examples, jsonOption } from "./options.ts";

export function configure(command: Command): void {
  command.addOption(jsonOption());
  examples(command, "meshd version");
  command.action((options: { readonly json?: boolean }) => {
    const version = programVersion();
    print(options.json === true ? JSON.stringify({ version, node: process.version }) : version);
  });
}
