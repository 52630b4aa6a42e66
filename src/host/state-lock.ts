// One process per state directory. The lock is a file lock that SQLite takes and the kernel releases when the process ends, however it
// ends; unlike a pid file it cannot go stale, and unlike an abstract socket it holds across network namespaces.
import { closeSync, existsSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { MeshdError } from "../protocol/errors.ts";

export interface StateLock {
  /** The holder takes itself apart: who wants the lock now may wait for it. */
  leave(): void;
  release(): void;
}

/** How long a holder that is leaving is waited for. */
const WAIT_MS = 3000;
const RETRY_MS = 50;

/** Errors: `MeshdError` "state-dir-in-use" (exit 1). The directory must exist. */
export async function lockStateDirectory(directory: string, role: string): Promise<StateLock> {
  const pidPath = join(directory, "pid");
  const giveUpAt = performance.now() + WAIT_MS;
  for (;;) {
    const lock = tryLock(directory, pidPath);
    if (lock !== undefined) return lock;
    // One that stays says who it is.
    if (existsSync(pidPath) || performance.now() >= giveUpAt) throw inUse(directory, role, pidPath);
    await sleep(RETRY_MS);
  }
}

function tryLock(directory: string, pidPath: string): StateLock | undefined {
  const lockPath = join(directory, "lock");
  // SQLite would make it readable to all. One that exists is not opened here: closing it would release the lock (fcntl(2)).
  if (!existsSync(lockPath)) closeSync(openSync(lockPath, "a", 0o600));
  const database = new DatabaseSync(lockPath, { timeout: 0 });
  try {
    database.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
  } catch (error) {
    database.close();
    if (isLocked(error)) return undefined;
    throw error;
  }
  writeFileSync(pidPath, `${String(process.pid)}\n`, { mode: 0o600 });
  return {
    leave() {
      rmSync(pidPath, { force: true });
    },
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
    // It is leaving, or has only just come.
  }
  const message = `another ${role} is running on this state, ${directory}${holder}; stop it, or give this one its own --state-dir and --socket`;
  return new MeshdError("state-dir-in-use", 1, message);
}
