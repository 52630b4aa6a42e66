import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { keepBackups } from "../../../src/coordinator/storage/backup.ts";
import { migrate } from "../../../src/coordinator/storage/migrate.ts";
import { MIGRATIONS, type Migration } from "../../../src/coordinator/storage/migrations.ts";
import { openStorage } from "../../../src/coordinator/storage/open.ts";
import { MeshdError } from "../../../src/protocol/errors.ts";

const directory = mkdtempSync(join(tmpdir(), "meshd-storage-"));
after(() => {
  rmSync(directory, { recursive: true });
});

const latest = Math.max(...MIGRATIONS.map(({ version }) => version));

void test("a new state is private and at the present schema", async () => {
  const file = join(directory, "new.db");
  const storage = await openStorage(file, 1);
  assert.deepEqual(storage.migration, { from: 0, to: latest });
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.equal(statSync(`${file}-wal`).mode & 0o777, 0o600);
  await storage.close();
  const again = await openStorage(file, 2);
  assert.deepEqual(again.migration, { from: latest, to: latest });
  await again.close();
});

void test("an upgrade keeps a copy, and a step that fails changes nothing", async () => {
  const file = join(directory, "upgrade.db");
  const storage = await openStorage(file, 1);
  const addTable: Migration = {
    version: latest + 1,
    up: (db) => db.schema.createTable("added").addColumn("x", "integer").execute(),
  };
  const failing: Migration = { version: latest + 2, up: () => Promise.reject(new Error("no")) };
  const tables = async () => (await storage.db.introspection.getTables()).map(({ name }) => name);

  await assert.rejects(migrate(storage.db, file, 2, [...MIGRATIONS, addTable, failing]), { message: "no" });
  assert.ok(!(await tables()).includes("added"));

  const { backup } = await migrate(storage.db, file, 3, [...MIGRATIONS, addTable]);
  assert.ok((await tables()).includes("added"));
  assert.ok(backup !== undefined);
  assert.equal(statSync(backup).mode & 0o777, 0o600);
  const copy = new DatabaseSync(backup, { readOnly: true });
  assert.equal(copy.prepare("select max(version) as version from schema_version").get()?.version, latest);
  copy.close();
  await storage.close();

  await assert.rejects(openStorage(file, 4), { code: "state-newer", exitCode: 1 });
});

void test("what is no state, or a damaged one, is said to be", async () => {
  const file = join(directory, "damaged.db");
  writeFileSync(file, "this is not a database, and long enough not to be taken for an empty one".repeat(100));
  await assert.rejects(openStorage(file, 1), { code: "state-corrupt", exitCode: 1 });
  await assert.rejects(openStorage(join(directory, "absent", "x.db"), 1), { code: "state-unreadable", exitCode: 1 });
});

void test("a damaged state is refused with the command that restores the copy of a moment ago", async () => {
  const file = join(directory, "failing-disk.db");
  const storage = await openStorage(file, 1);
  const backups = keepBackups(storage, file, assert.ifError);
  await storage.db.insertInto("offered_relays").values({ node_key: "k", name: "kept", udp_addresses: "[]" }).execute();
  await backups.stop();
  await storage.close();
  assert.equal(statSync(`${file}.backup`).mode & 0o777, 0o600);
  for (const damage of [
    () => truncateSync(file, statSync(file).size / 2),
    () => writeFileSync(file, "no database"),
    () => writeFileSync(file, Buffer.concat([readFileSync(file).subarray(0, 4096), Buffer.alloc(90_000, 0x5a)])),
  ]) {
    damage();
    const error = await openStorage(file, 2).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof MeshdError);
    const [, command] = /\(of \S+: (cp [^)]*)\)/.exec(error.message) ?? [];
    assert.ok(command !== undefined, error.message);
    execFileSync("sh", ["-c", command]);
    const restored = await openStorage(file, 3);
    assert.equal((await restored.db.selectFrom("offered_relays").select("name").executeTakeFirst())?.name, "kept");
    await restored.close();
  }
});

void test("the copy follows changes within a second or so, and stays when it cannot be made anew", async () => {
  const file = join(directory, "followed.db");
  const storage = await openStorage(file, 1);
  const failures: unknown[] = [];
  const backups = keepBackups(storage, file, (error) => failures.push(error));
  const name = () => {
    using copy = new DatabaseSync(`${file}.backup`, { readOnly: true });
    return copy.prepare("SELECT name FROM offered_relays").get()?.name;
  };
  await storage.db.insertInto("offered_relays").values({ node_key: "k", name: "new", udp_addresses: "[]" }).execute();
  await sleep(1500);
  assert.equal(name(), "new");
  mkdirSync(`${file}.backup.new/in-the-way`, { recursive: true });
  await storage.db.updateTable("offered_relays").set({ name: "newer" }).execute();
  await backups.stop();
  assert.equal(failures.length, 1);
  assert.equal(name(), "new");
  await storage.close();
});
