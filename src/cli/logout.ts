// meshd logout: leaves the mesh for good. The coordinator removes the node, its key is forgotten; joining again takes an auth key.
import type { Command } from "commander";
import { nodeClient, type SocketOption, withStartAdvice } from "./node-client.ts";
import { print } from "./print.ts";
import { examples, jsonOption, socketOption } from "./options.ts";

export function configure(command: Command): void {
  command.addOption(jsonOption()).addOption(socketOption("daemon"));
  examples(command, "meshd logout");
  command.action(async (options: SocketOption & { readonly json?: boolean }) => {
    const answer = await nodeClient(options)
      .request("POST", "/v1/logout")
      .catch((error: unknown) => {
        throw withStartAdvice(error);
      });
    if (options.json === true) {
      print(JSON.stringify(answer));
      return;
    }
    print("Logged out. `meshd up --authkey KEY` joins again, as a new node.");
    if (!wasTold(answer)) {
      print("The coordinator could not be told: there, `meshd admin node remove NAME` removes this node.");
    }
  });
}

function wasTold(answer: unknown): boolean {
  return typeof answer === "object" && answer !== null && "told" in answer && answer.told === true;
}
