// Opens the coordinator's SQLite file: private to its owner, durable, checked, and at the present schema.
import { closeSync, constants, openSync, readdirSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Kysely } from "kysely";
import { MeshdError } from "../../protocol/errors.ts";
import { nodeSqliteDialect } from "./node-sqlite.ts";
import { migrate, NewerSchemaError, type MigrationResult } from "./migrate.ts";
import type { Database, Schema } from "./schema.ts";

export interface Storage {
  readonly db: Database;
  readonly migration: MigrationResult;
  /** Called after what may have changed the state; one listener. */
  onWrite(listener: () => void): void;
  close(): Promise<void>;
}

// Primary result codes of SQLite (https://www.sqlite.org/rescode.html).
const SQLITE = { ioError: 10, corrupt: 11, full: 13, notADatabase: 26 } as const;

/** Errors: `MeshdError` "state-corrupt", "state-newer", "state-unreadable", "disk-full". */
export async function openStorage(file: string, nowUnixMs: number): Promise<Storage> {
  let database: DatabaseSync | undefined;
  try {
    // SQLite gives its journal the mode of the file, so it has to be right before SQLite sees it.
    closeSync(openSync(file, constants.O_RDWR | constants.O_CREAT, 0o600));
    database = new DatabaseSync(file, { timeout: 5000 });
    // FULL: a single-use key that was consumed stays consumed after a power cut.
    database.exec("pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on");
    checkIntegrity(database, file);
    return await storageOf(database, file, nowUnixMs);
  } catch (error) {
    database?.close();
    throw explain(error, file);
  }
}

/** For tests: everything the same but for the file. */
export async function openMemoryStorage(nowUnixMs: number): Promise<Storage> {
  return storageOf(new DatabaseSync(":memory:"), "", nowUnixMs);
}

async function storageOf(database: DatabaseSync, file: string, nowUnixMs: number): Promise<Storage> {
  let listener = (): void => undefined;
  const db = new Kysely<Schema>({ dialect: nodeSqliteDialect(database, () => listener()) });
  const migration = await migrate(db, file, nowUnixMs);
  return { db, migration, onWrite: (heard) => (listener = heard), close: () => db.destroy() };
}

function checkIntegrity(database: DatabaseSync, file: string): void {
  const row = database.prepare("pragma quick_check(1)").get();
  if (row?.quick_check !== "ok") throw corrupt(file);
}

/** Turns what the system or SQLite says into what to do about it; anything else passes unchanged. */
export function explain(error: unknown, file: string): unknown {
  if (error instanceof MeshdError) return error;
  if (error instanceof NewerSchemaError) {
    return new MeshdError(
      "state-newer",
      1,
      `${file} was written by a newer meshd (schema ${String(error.found)}, this one knows ${String(error.known)}); install that version, or restore ${file}.backup-v${String(error.known)}`,
    );
  }
  if (!(error instanceof Error)) return error;
  const { code, errcode } = error as { code?: unknown; errcode?: unknown };
  if (code === "ERR_SQLITE_ERROR") {
    const primary = typeof errcode === "number" ? errcode & 0xff : 0;
    if (primary === SQLITE.corrupt || primary === SQLITE.notADatabase) return corrupt(file);
    if (primary === SQLITE.full) return diskFull(file, error);
    if (primary === SQLITE.ioError) {
      const message = `cannot read or write the state ${file}: the disk is full or fails`;
      return new MeshdError("state-unreadable", 1, message, { cause: error });
    }
    return new MeshdError("state-unreadable", 1, `cannot use the state ${file}: ${error.message}`, { cause: error });
  }
  if (code === "ENOSPC") return diskFull(file, error);
  if (typeof code === "string" && "syscall" in error) {
    return new MeshdError(
      "state-unreadable",
      code === "EACCES" || code === "EPERM" ? 4 : 1,
      `cannot open the state ${file} (${code}); check its owner and permissions, or choose another --state-dir`,
      { cause: error },
    );
  }
  return error;
}

function corrupt(file: string): MeshdError {
  return new MeshdError(
    "state-corrupt",
    1,
    `the state ${file} is damaged; restore it from a backup${restoring(file)}, or move it away to start a new mesh (every node then joins again with a new key)`,
  );
}

/** Where the copy of a moment ago lies (backup.ts). */
export function backupOf(file: string): string {
  return `${file}.backup`;
}

/** The newest of the copies beside it, as a command: that of a moment ago, those that upgrades left. */
function restoring(file: string): string {
  const backup = readdirSync(dirname(file))
    .filter((name) => name === basename(backupOf(file)) || name.startsWith(`${basename(file)}.backup-v`))
    .map((name) => join(dirname(file), name))
    .toSorted((a, b) => statSync(a).mtimeMs - statSync(b).mtimeMs)
    .at(-1);
  if (backup === undefined) return "";
  return ` (of ${statSync(backup).mtime.toISOString()}: cp ${backup} ${file} && rm -f ${file}-wal ${file}-shm)`;
}

function diskFull(file: string, cause: Error): MeshdError {
  return new MeshdError("disk-full", 1, `cannot write the state ${file}: no space left on the disk`, { cause });
}
