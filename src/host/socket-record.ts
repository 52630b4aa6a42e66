// Which socket belongs to a state directory: the role that holds the directory writes it down, so that verbs find a role by
// --state-dir alone.
import { join, resolve } from "node:path";
import { removeFresh, writeFresh } from "./atomic-file.ts";
import { readSmallFile } from "./small-file.ts";

const FILE = "socket";
/** A path has at most PATH_MAX bytes (limits.h). */
const MAX_BYTES = 4096;

/** Returns what removes the record again. */
export function recordSocket(stateDirectory: string, socketPath: string): () => void {
  const file = join(stateDirectory, FILE);
  writeFresh(file, `${resolve(socketPath)}\n`);
  return () => {
    removeFresh(file);
  };
}

/** Undefined if no role runs on the directory, or it may not be read. */
export function recordedSocket(stateDirectory: string): string | undefined {
  try {
    return readSmallFile(join(stateDirectory, FILE), MAX_BYTES).trim();
  } catch {
    return undefined;
  }
}
