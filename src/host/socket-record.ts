// Which socket belongs to a state directory: the role that holds the directory writes it down, so that verbs find a role by
// --state-dir alone.
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

const FILE = "socket";

/** Returns what removes the record again. */
export function recordSocket(stateDirectory: string, socketPath: string): () => void {
  const file = join(stateDirectory, FILE);
  writeFileSync(file, `${resolve(socketPath)}\n`, { mode: 0o600 });
  return () => {
    rmSync(file, { force: true });
  };
}

/** Undefined if no role runs on the directory, or it may not be read. */
export function recordedSocket(stateDirectory: string): string | undefined {
  try {
    return readFileSync(join(stateDirectory, FILE), "utf8").trim();
  } catch {
    return undefined;
  }
}
