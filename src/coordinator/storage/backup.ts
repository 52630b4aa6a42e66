// A copy of the state beside it, never old: what a failing disk or a slip of the hand does to the file costs the changes of a moment, not
// the mesh. It is made by SQLite while the coordinator serves (VACUUM INTO reads one consistent state), put in place when it is whole, and
// not made anew from a state that cannot be read.
import { chmodSync, renameSync, rmSync, statSync } from "node:fs";
import { sql } from "kysely";
import { backupOf, type Storage } from "./open.ts";
import type { Database } from "./schema.ts";

/** Changes come together: a node that joins makes several. */
const AFTER_CHANGE_MS = 1000;
/** A large state is copied more rarely: each copy is written in whole. */
const BYTES_PER_MS = 50;

export interface Backups {
  /** With what was changed last. */
  stop(): Promise<void>;
}

/** Keeps the copy of `file` up to date; the first one is made now. */
export function keepBackups(
  { db, onWrite }: Pick<Storage, "db" | "onWrite">,
  file: string,
  onFailure: (error: unknown) => void,
): Backups {
  let timer: NodeJS.Timeout | undefined;
  let copying = Promise.resolve();
  let pauseMs = AFTER_CHANGE_MS;
  let isStopped = false;
  const copy = async (): Promise<void> => {
    try {
      pauseMs = Math.max(AFTER_CHANGE_MS, (await backUp(db, file)) / BYTES_PER_MS);
    } catch (error) {
      onFailure(error);
    }
  };
  const copyNow = (): void => {
    clearTimeout(timer);
    timer = undefined;
    copying = copying.then(copy);
  };
  onWrite(() => {
    if (!isStopped) timer ??= setTimeout(copyNow, pauseMs).unref();
  });
  copyNow();
  return {
    async stop() {
      isStopped = true;
      if (timer !== undefined) copyNow();
      await copying;
    },
  };
}

/** Returns its size. */
export async function backUp(db: Database, file: string): Promise<number> {
  const fresh = `${backupOf(file)}.new`;
  try {
    rmSync(fresh, { force: true });
    await sql`vacuum into ${fresh}`.execute(db);
    chmodSync(fresh, 0o600);
    renameSync(fresh, backupOf(file));
  } catch (error) {
    rmSync(fresh, { force: true });
    throw error;
  }
  return statSync(backupOf(file)).size;
}
