// meshd node-names: what the completion scripts ask, while somebody waits at the keyboard. Where there is no answer, nothing is said.
import type { Command } from "commander";
import { fetchStatus, nodeClient, type SocketOption } from "./node-client.ts";
import { socketOption } from "./options.ts";
import { print } from "./print.ts";

const ANSWER_WITHIN_MS = 500;
/** A shell expands the words that it is to choose from: nothing but a name may come between. */
const NAME = /^[a-z0-9-]+$/i;

export function configure(command: Command): void {
  command.addOption(socketOption("daemon"));
  command.action(async (options: SocketOption) => {
    const names = await peerNames(options).catch(() => []);
    if (names.length > 0) print(names.join("\n"));
  });
}

async function peerNames(options: SocketOption): Promise<readonly string[]> {
  const { peers } = await fetchStatus(nodeClient(options), AbortSignal.timeout(ANSWER_WITHIN_MS));
  return peers.map(({ name }) => name).filter((name) => NAME.test(name));
}
