// The UDP ports of the last start, of the engine and of the relay that is offered: mappings in NATs and what peers know of us stay true when it is taken again.
import { join } from "node:path";
import { readIfThere, writeAtomic } from "../host/atomic-file.ts";

type PortFile = "port" | "relay-port";

/** 0 where there is none (or nothing that can be read as one: nothing depends on it). */
export async function loadPort(stateDir: string, file: PortFile = "port"): Promise<number> {
  const content = await readIfThere(join(stateDir, file)).catch(() => undefined);
  const port = Number(Buffer.from(content ?? []).toString("utf8"));
  return Number.isInteger(port) && port > 0 && port <= 65535 ? port : 0;
}

export async function savePort(stateDir: string, port: number, file: PortFile = "port"): Promise<void> {
  await writeAtomic(join(stateDir, file), `${String(port)}\n`);
}
