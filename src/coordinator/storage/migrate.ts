// Brings a state to the present schema. A state that already holds something is copied first: the copy is consistent
// (VACUUM INTO) and stays beside the state, so that an upgrade that went wrong can be undone by hand.
import { chmodSync, rmSync } from "node:fs";
import { sql, type Kysely } from "kysely";
import { MIGRATIONS, type Migration } from "./migrations.ts";
import type { Database } from "./schema.ts";

export class NewerSchemaError extends Error {
  readonly found: number;
  readonly known: number;

  constructor(found: number, known: number) {
    super(`the state has schema version ${String(found)}, this program knows versions up to ${String(known)}`);
    this.name = "NewerSchemaError";
    this.found = found;
    this.known = known;
  }
}

export interface MigrationResult {
  readonly from: number;
  readonly to: number;
  /** Where the copy of the old state lies, if one was made. */
  readonly backup?: string;
}

/** @param file path of the database, "" for one in memory (which is never backed up). */
export async function migrate(
  db: Database,
  file: string,
  nowUnixMs: number,
  steps: readonly Migration[] = MIGRATIONS,
): Promise<MigrationResult> {
  await db.schema
    .createTable("schema_version")
    .ifNotExists()
    .addColumn("version", "integer", (column) => column.primaryKey())
    .addColumn("applied_ms", "integer", (column) => column.notNull())
    .execute();
  const row = await db
    .selectFrom("schema_version")
    .select((eb) => eb.fn.max("version").as("version"))
    .executeTakeFirst();
  const from = row?.version ?? 0;
  const to = Math.max(0, ...steps.map((step) => step.version));
  if (from > to) throw new NewerSchemaError(from, to);
  if (from === to) return { from, to };

  const backup = from > 0 && file !== "" ? await copyState(db, file, from) : undefined;
  await db.transaction().execute(async (tx) => {
    for (const step of steps) {
      if (step.version <= from) continue;
      await step.up(tx as unknown as Kysely<unknown>);
      await tx.insertInto("schema_version").values({ version: step.version, applied_ms: nowUnixMs }).execute();
    }
  });
  return backup === undefined ? { from, to } : { from, to, backup };
}

async function copyState(db: Database, file: string, version: number): Promise<string> {
  const backup = `${file}.backup-v${String(version)}`;
  rmSync(backup, { force: true });
  await sql`vacuum into ${backup}`.execute(db);
  chmodSync(backup, 0o600);
  return backup;
}
