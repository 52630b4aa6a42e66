// meshd status: this node, its peers, and the path to each.
import { type Command, Option } from "commander";
import type { NodeStatus } from "../local-api/node-api.ts";
import { fetchStatus, interruptSignal, nodeClient, type SocketOption, withStartAdvice } from "./node-client.ts";
import { print } from "./print.ts";
import { examples, jsonOption, socketOption } from "./options.ts";
import { renderStatus } from "./status-text.ts";
import { paintFor } from "./table.ts";

interface StatusOptions extends SocketOption {
  readonly json?: boolean;
  readonly watch?: boolean;
}

/** Cursor home, clear to the end of the screen (ECMA-48 ED). */
const CLEAR_SCREEN = "\x1b[H\x1b[J";

export function configure(command: Command): void {
  command
    .addOption(jsonOption())
    .addOption(new Option("--watch", "go on, with every change"))
    .addOption(socketOption("daemon"));
  examples(command, "meshd status", "meshd status --json", "meshd status --watch");
  command.action(async (options: StatusOptions) => {
    const client = nodeClient(options);
    if (options.watch !== true) {
      show(await fetchStatus(client), options);
      return;
    }
    const interrupted = interruptSignal();
    try {
      for await (const status of client.lines("GET", "/v1/watch", undefined, interrupted)) {
        if (options.json !== true && process.stdout.isTTY) process.stdout.write(CLEAR_SCREEN);
        show(status as NodeStatus, options);
      }
    } catch (error) {
      if (!interrupted.aborted) throw withStartAdvice(error);
    }
  });
}

function show(status: NodeStatus, options: StatusOptions): void {
  if (options.json === true) {
    print(options.watch === true ? JSON.stringify(status) : JSON.stringify(status, undefined, 2));
    return;
  }
  print(renderStatus(status, paintFor(process.stdout), Date.now()));
}
