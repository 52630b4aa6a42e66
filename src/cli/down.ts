// meshd down: leaves the mesh for now. The daemon stays, and so do identity and addresses.
import type { Command } from "commander";
import { nodeClient, type SocketOption, withStartAdvice } from "./node-client.ts";
import { print } from "./print.ts";
import { examples, jsonOption, socketOption } from "./options.ts";

export function configure(command: Command): void {
  command.addOption(jsonOption()).addOption(socketOption("daemon"));
  examples(command, "meshd down");
  command.action(async (options: SocketOption & { readonly json?: boolean }) => {
    const answer = await nodeClient(options)
      .request("POST", "/v1/down")
      .catch((error: unknown) => {
        throw withStartAdvice(error);
      });
    print(options.json === true ? JSON.stringify(answer) : "Disconnected. `meshd up` connects again.");
  });
}
