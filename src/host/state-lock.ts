// One process per state directory. The lock is a file lock that SQLite takes and the kernel releases when the process ends, however it
// ends; unlike a pid file it cannot go stale, and unlike an abstract socket it holds across network namespaces.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { MeshdError } from "../protocol/errors.ts";

export interface StateLock {
  release(): void;
}

/** Errors: `MeshdError` "state-dir-in-use" (exit 1). The directory must exist. */
export function lockStateDirectory(directory: string, role: string): StateLock {
  const pidPath = join(directory, "pid");
  const database = new DatabaseSync(join(directory, "lock"), { timeout: 0 });
  try {
    database.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
  } catch (error) {
    database.close();
    if (isLocked(error)) throw inUse(directory, role, pidPath);
    throw error;
  }
  writeFileSync(pidPath, `${String(process.pid)}\n`);
  return {
    release() {
      database.close();
    },
  };
}

/** SQLITE_BUSY and SQLITE_LOCKED (https://sqlite.org/rescode.html). */
function isLocked(error: unknown): boolean {
  const code = error instanceof Error && "errcode" in error ? error.errcode : undefined;
  return code === 5 || code === 6;
}

function inUse(directory: string, role: string, pidPath: string): MeshdError {
  let holder = "";
  try {
    holder = ` (process ${readFileSync(pidPath, "utf8").trim()})`;
  } catch {
    // The holder has not written its pid yet.
  }
  const message = `another ${role} is running on this state, ${directory}${holder}; stop it, or give this one its own --state-dir and --socket`;
  return new MeshdError("state-dir-in-use", 1, message);
}
