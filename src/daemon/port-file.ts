// The UDP port of the last start: mappings in NATs and what peers know of us stay true when it is taken again.
import { join } from "node:path";
import { readIfThere, writeAtomic } from "../host/atomic-file.ts";

/** 0 where there is none (or no number: nothing depends on it). */
export async function loadPort(stateDir: string): Promise<number> {
  const port = Number(Buffer.from((await readIfThere(join(stateDir, "port"))) ?? []).toString("utf8"));
  return Number.isInteger(port) && port > 0 && port <= 65535 ? port : 0;
}

export async function savePort(stateDir: string, port: number): Promise<void> {
  await writeAtomic(join(stateDir, "port"), `${String(port)}\n`);
}
