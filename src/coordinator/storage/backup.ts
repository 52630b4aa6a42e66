// A copy of the state beside it, never old: what a failing disk or a slip of the hand does to the file costs the changes of a minute, not
// the mesh. It is made by SQLite while the coordinator serves (VACUUM INTO reads one consistent state), put in place when it is whole, and
// not made anew from a state that cannot be read.
import { chmodSync, renameSync, rmSync, statSync } from "node:fs";
import { sql } from "kysely";
import type { Database } from "./schema.ts";

/** How often changes are looked for. */
const LOOK_INTERVAL_MS = 10_000;
/** A large state is copied more rarely: each copy is written in whole. */
const BYTES_PER_MS = 50;

export function backupOf(file: string): string {
  return `${file}.backup`;
}

export interface Backups {
  stop(): Promise<void>;
}

/** Keeps the copy of `file` up to date; the first one is made now. */
export function keepBackups(db: Database, file: string, onFailure: (error: unknown) => void): Backups {
  let copied: number | undefined;
  let notBefore = 0;
  let failed = false;
  const look = async (): Promise<void> => {
    if (performance.now() < notBefore) return;
    try {
      const changes = await changesOf(db);
      if (changes === copied) return;
      const bytes = await backUp(db, file);
      [copied, failed] = [changes, false];
      notBefore = performance.now() + bytes / BYTES_PER_MS;
    } catch (error) {
      // A disk that stays full is said once.
      if (!failed) onFailure(error);
      failed = true;
    }
  };
  let looking = look();
  const timer = setInterval(() => {
    looking = looking.then(look);
  }, LOOK_INTERVAL_MS).unref();
  return {
    async stop() {
      clearInterval(timer);
      await looking;
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

/** Rows that this connection changed since it was opened; nobody else writes. */
async function changesOf(db: Database): Promise<number> {
  const { rows } = await sql<{ changes: number }>`select total_changes() as changes`.execute(db);
  return rows[0]?.changes ?? 0;
}
