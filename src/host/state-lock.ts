// One process per state directory. The lock is a file lock that SQLite takes and the kernel releases when the process ends, however it
// ends; unlike a pid file it cannot go stale, and unlike an abstract socket it holds across network namespaces.
import { closeSync, existsSync, openSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { MeshdError } from "../protocol/errors.ts";
import { removeFresh, writeFresh } from "./atomic-file.ts";
import { readSmallFile } from "./small-file.ts";

export interface StateLock {
  /** The holder takes itself apart: who wants the lock now may wait for it. */
  leave(): void;
  release(): void;
}

/** How long a holder that is leaving is waited for. */
const WAIT_MS = 3000;
const RETRY_MS = 50;
/** https://sqlite.org/rescode.html */
const SQLITE_READONLY = 8;

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
  let database: DatabaseSync | undefined;
  try {
    // SQLite would make it readable to all. One that exists is not opened here: closing it would release the lock (fcntl(2)).
    if (!existsSync(lockPath)) closeSync(openSync(lockPath, "a", 0o600));
    database = new DatabaseSync(lockPath, { timeout: 0 });
    database.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
  } catch (error) {
    database?.close();
    if (isLocked(error)) return undefined;
    throw explain(error, lockPath);
  }
  try {
    writeFresh(pidPath, `${String(process.pid)}\n`);
  } catch (error) {
    database.close();
    throw error;
  }
  const held = database;
  return {
    leave() {
      removeFresh(pidPath);
    },
    release() {
      held.close();
    },
  };
}

/** What a person can do about a lock that cannot be had, whoever has it; errors of the system say it themselves. */
function explain(error: unknown, lockPath: string): unknown {
  const { code, errcode } = error as { code?: unknown; errcode?: unknown };
  if (errcode === undefined && code !== "ELOOP") return error;
  const advice = errcode === SQLITE_READONLY ? "choose another --state-dir" : "delete it, it holds nothing";
  const message = `${lockPath} cannot be locked (${error instanceof Error ? error.message : ""}); ${advice}`;
  return new MeshdError("state-unusable", 1, message, { cause: error });
}

/** SQLITE_BUSY and SQLITE_LOCKED (https://sqlite.org/rescode.html). */
function isLocked(error: unknown): boolean {
  const code = error instanceof Error && "errcode" in error ? error.errcode : undefined;
  return code === 5 || code === 6;
}

function inUse(directory: string, role: string, pidPath: string): MeshdError {
  let holder = "";
  try {
    holder = ` (process ${readSmallFile(pidPath, 64).trim()})`;
  } catch {
    // It is leaving, or has only just come.
  }
  const message = `another ${role} is running on this state, ${directory}${holder}; stop it, or give this one its own --state-dir and --socket`;
  return new MeshdError("state-dir-in-use", 1, message);
}
