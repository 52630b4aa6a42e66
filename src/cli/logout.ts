// meshd logout: leaves the mesh for good. The node is removed from the mesh, its key is forgotten; joining again takes an auth key.
import type { Command } from "commander";
import { nodeClient, print, type SocketOption, withStartAdvice } from "./node-client.ts";
import { examples, jsonOption, socketOption, timeoutOption } from "./options.ts";

export function configure(command: Command): void {
  command.addOption(jsonOption()).addOption(socketOption("daemon")).addOption(timeoutOption(10_000));
  examples(command, "meshd logout");
  command.action(async (options: SocketOption & { readonly json?: boolean; readonly timeout: number }) => {
    const answer = await nodeClient(options)
      .request("POST", "/v1/logout", { timeoutMs: options.timeout })
      .catch((error: unknown) => {
        throw withStartAdvice(error);
      });
    print(
      options.json === true
        ? JSON.stringify(answer)
        : "Logged out. `meshd up --authkey KEY` joins again, as a new node.",
    );
  });
}
