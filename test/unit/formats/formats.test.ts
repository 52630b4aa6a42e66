// One sample of every format that was ever released, in samples/, and what the present program makes of it. A sample is never edited: a
// format that changes gets a new one beside it. Of every file of state: a newer one is refused in words and stays as it was, or (where
// the coordinator has it, too) is set aside; fields that this version does not know are kept when the file is written again.
import assert from "node:assert/strict";
import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, before, beforeEach, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { MIGRATIONS } from "../../../src/coordinator/storage/migrations.ts";
import { openStorage } from "../../../src/coordinator/storage/open.ts";
import { loadIdentity } from "../../../src/daemon/identity-file.ts";
import { LifetimeMemory } from "../../../src/daemon/lifetime-memory.ts";
import { loadMesh, saveMesh } from "../../../src/daemon/mesh-file.ts";
import { loadNetmap } from "../../../src/daemon/netmap-file.ts";
import { loadPort } from "../../../src/daemon/port-file.ts";
import { loadSettings, saveSettings } from "../../../src/daemon/settings.ts";
import { withoutOwner } from "../../../src/dns/resolv-conf.ts";
import { TicketStore } from "../../../src/daemon/ticket-store.ts";
import {
  generateSigningKey,
  issueTicket,
  nodeKeyOf,
  parseAuthKey,
  parseRelayToken,
  signingKeyFromSeed,
  sodiumReady,
} from "../../../src/identity/index.ts";
import { loadRelayState, saveRelayState } from "../../../src/relay/state-file.ts";

before(sodiumReady);

const SAMPLES = fileURLToPath(new URL("samples/", import.meta.url));
const NODE = signingKeyFromSeed.bind(undefined, new Uint8Array(32).fill(1));
const sample = (name: string): Buffer => readFileSync(join(SAMPLES, name));

interface StateFile {
  readonly name: string;
  /** Reads the sample and checks what it says. */
  readonly read: (directory: string) => Promise<void>;
  /** Reads and writes it again, changed or not. Absent: written once. */
  readonly rewrite?: (directory: string) => Promise<void>;
  /** A field with entries of its own, which are written again, too. */
  readonly entries?: string;
  /** What becomes of a newer one. */
  readonly newer: "refused" | "set aside";
}

const STATE_FILES: readonly StateFile[] = [
  {
    name: "identity.json",
    read: async (directory) => {
      assert.deepEqual((await loadIdentity(directory)).node.publicKey, NODE().publicKey);
    },
    newer: "refused",
  },
  {
    name: "mesh.json",
    read: async (directory) => {
      assert.deepEqual((await loadMesh(directory))?.coordinators, [{ host: "192.0.2.1", port: 443 }]);
    },
    rewrite: async (directory) => {
      const mesh = await loadMesh(directory);
      assert.ok(mesh !== undefined);
      await saveMesh(directory, mesh);
    },
    newer: "refused",
  },
  {
    name: "settings.json",
    read: async (directory) => {
      const { running, hostname, port, operator } = await loadSettings(directory);
      assert.deepEqual(
        { running, hostname, port, operator },
        { running: true, hostname: "laptop", port: 41641, operator: "ada" },
      );
    },
    rewrite: async (directory) => {
      await saveSettings(directory, { ...(await loadSettings(directory)), hostname: undefined });
      assert.equal((await loadSettings(directory)).hostname, undefined, "what is taken out does not come back");
    },
    newer: "refused",
  },
  {
    name: "tickets.json",
    read: async (directory) => {
      assert.ok((await TicketStore.load(directory)).get("main", 2000) !== undefined);
    },
    rewrite: async (directory) => {
      const store = await TicketStore.load(directory);
      const times = { notBeforeUnixMs: 1000, notAfterUnixMs: 3000 };
      const relayKey = generateSigningKey().publicKey;
      await store.put("other", issueTicket(generateSigningKey(), { nodeKey: nodeKeyOf(NODE()), relayKey, ...times }));
    },
    entries: "tickets",
    newer: "set aside",
  },
  {
    name: "networks.json",
    read: async (directory) => {
      const found = (await LifetimeMemory.load(directory)).get("192.0.2.1", 2000);
      assert.deepEqual(found, { lifetime: { survivedMs: 30_000, diedMs: 60_000 }, ageMs: 1000 });
    },
    rewrite: async (directory) => {
      const memory = await LifetimeMemory.load(directory);
      const known = memory.get("192.0.2.1", 2000);
      assert.ok(known !== undefined);
      await memory.put("198.51.100.1", known.lifetime, 2000);
    },
    entries: "networks",
    newer: "set aside",
  },
  {
    name: "relay.json",
    read: async (directory) => {
      const state = await loadRelayState(directory);
      assert.equal(state?.name, "frankfurt");
      assert.equal(state.revoked.length, 1);
    },
    rewrite: async (directory) => {
      const state = await loadRelayState(directory);
      assert.ok(state !== undefined);
      await saveRelayState(directory, state);
    },
    newer: "refused",
  },
];

const isNewer = {
  code: "state-newer",
  exitCode: 1,
  message: /written by a newer meshd \(version 2, .* knows 1\); install/,
};

describe("formats ever released", () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "meshd-formats-"));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  const put = (name: string): string => {
    const path = join(directory, name);
    copyFileSync(join(SAMPLES, name), path);
    return path;
  };
  const fieldsIn = (path: string) => JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;

  for (const { name, read, rewrite, newer, entries } of STATE_FILES) {
    it(`${name} of version 1 is read`, async () => {
      put(name);
      await read(directory);
    });

    it(`${name} of a newer version is ${newer}`, async () => {
      const path = put(name);
      const text = JSON.stringify({ ...fieldsIn(path), version: 2 });
      writeFileSync(path, text);
      if (newer === "refused") {
        await assert.rejects(read(directory), isNewer);
        assert.equal(readFileSync(path, "utf8"), text);
      } else {
        await assert.rejects(read(directory), assert.AssertionError);
        assert.equal(existsSync(path), false);
        assert.equal(readFileSync(`${path}.unusable`, "utf8"), text);
      }
    });

    if (rewrite === undefined) continue;
    it(`${name} keeps fields that this version does not know`, async () => {
      const path = put(name);
      writeFileSync(path, JSON.stringify({ ...fieldsIn(path), ofTomorrow: { a: [1] } }));
      await rewrite(directory);
      assert.deepEqual(fieldsIn(path).ofTomorrow, { a: [1] });
      assert.equal(fieldsIn(path).version, 1);
    });

    if (entries === undefined) continue;
    it(`${name} keeps such fields of entries that did not change`, async () => {
      const path = put(name);
      const before = fieldsIn(path);
      const each = Object.entries(before[entries] as Record<string, object>);
      const more = Object.fromEntries(each.map(([key, entry]) => [key, { ...entry, ofTomorrow: [1] }]));
      writeFileSync(path, JSON.stringify({ ...before, [entries]: more }));
      await rewrite(directory);
      const after = fieldsIn(path)[entries] as Record<string, object>;
      for (const [key, entry] of Object.entries(more)) assert.deepEqual(after[key], entry);
    });
  }

  it("a state of another mesh inherits nothing", async () => {
    const path = put("mesh.json");
    writeFileSync(path, JSON.stringify({ ...fieldsIn(path), ofTomorrow: 1 }));
    await saveMesh(directory, { rootKey: NODE().publicKey, coordinators: [{ host: "192.0.2.2", port: 443 }] });
    assert.equal(fieldsIn(path).ofTomorrow, undefined);
  });

  it("port is a number and has no version: what is none counts for nothing", async () => {
    const path = put("port");
    assert.equal(await loadPort(directory), 41641);
    writeFileSync(path, '{"version":2}');
    assert.equal(await loadPort(directory), 0);
  });

  it("netmap of format 1 is read; a newer or damaged one is set aside in words", async () => {
    const path = put("netmap");
    put("mesh.json");
    const mesh = await loadMesh(directory);
    assert.ok(mesh !== undefined);
    const load = () => loadNetmap(directory, { rootKey: mesh.rootKey, recipient: nodeKeyOf(NODE()) });
    assert.equal(typeof (await load()), "object");
    const bytes = sample("netmap");
    const later = Buffer.from(bytes.toString("latin1").replace("netmap file 1", "netmap file 2"), "latin1");
    for (const [content, says] of [
      [later, /a newer meshd wrote it; it was set aside as .*netmap\.unusable/],
      [bytes.subarray(0, -1), /netmap file is damaged; it was set aside/],
      [Buffer.from("torn"), /not a netmap file; it was set aside/],
    ] as const) {
      writeFileSync(path, content);
      const reason = await load();
      assert.match(typeof reason === "string" ? reason : "it was taken", says);
      assert.equal(await load(), undefined);
      assert.deepEqual(readFileSync(`${path}.unusable`), content);
    }
  });

  it("a resolv.conf that an earlier meshd changed is restored", () => {
    const text = sample("resolv.conf").toString();
    const departure = withoutOwner(text, "0123456789ab-fedc", () => false);
    assert.deepEqual(departure, { kind: "restore", previous: "nameserver 192.0.2.53\nsearch example.org" });
    // What a later one writes besides is a comment to resolvers, and none of the previous lines to this one.
    const later = text.replace("\n#meshd-was ", "\n#meshd-of-tomorrow x\n#meshd-was ");
    assert.deepEqual(
      withoutOwner(later, "0123456789ab-fedc", () => false),
      departure,
    );
  });

  it("auth keys and relay tokens of version 1 are read", () => {
    for (const parsed of [
      parseAuthKey(sample("auth-key").toString()),
      parseRelayToken(sample("relay-token").toString()),
    ]) {
      assert.deepEqual(parsed.coordinators, [{ host: "192.0.2.1", port: 443 }]);
      assert.deepEqual(parsed.keyId, new Uint8Array(8).fill(5));
    }
  });

  it("there is a sample of every schema of the database", () => {
    for (const { version } of MIGRATIONS) assert.ok(existsSync(join(SAMPLES, `coordinator-${String(version)}.sql`)));
  });

  const latest = Math.max(...MIGRATIONS.map(({ version }) => version));
  for (const { version } of MIGRATIONS) {
    it(`the database of schema ${String(version)} is brought to the present one, with a copy of what it was`, async () => {
      const file = join(directory, "coordinator.db");
      const old = new DatabaseSync(file);
      old.exec(sample(`coordinator-${String(version)}.sql`).toString());
      old.close();
      const storage = await openStorage(file, 2000);
      const { db, migration } = storage;
      assert.deepEqual([migration.from, migration.to], [version, latest]);
      assert.equal((await db.selectFrom("nodes").selectAll().executeTakeFirstOrThrow()).hostname, "laptop");
      assert.equal((await db.selectFrom("auth_keys").selectAll().executeTakeFirstOrThrow()).uses, 3);
      assert.equal((await db.selectFrom("relays").selectAll().execute()).length, version >= 3 ? 1 : 0);
      await storage.close();
      if (version === latest) {
        assert.equal(migration.backup, undefined);
        return;
      }
      const copy = new DatabaseSync(migration.backup ?? "", { readOnly: true });
      assert.equal(copy.prepare("select max(version) as version from schema_version").get()?.version, version);
      assert.equal(copy.prepare("select hostname from nodes").get()?.hostname, "laptop");
      copy.close();
      // Where the database is lost later, that copy is named with what restores it.
      writeFileSync(file, "garbage".repeat(1000));
      await assert.rejects(openStorage(file, 3000), {
        code: "state-corrupt",
        message: /restore it from a backup \(of [^()]*: cp \S*\.backup-v\d+ \S*coordinator\.db && rm -f /,
      });
    });
  }

  it("every sample is used", () => {
    const used = new Set([
      ...STATE_FILES.map(({ name }) => name),
      ...MIGRATIONS.map(({ version }) => `coordinator-${String(version)}.sql`),
      ...["port", "netmap", "auth-key", "relay-token", "resolv.conf"],
      // wire.test.ts
      "wire-1.json",
    ]);
    for (const name of readdirSync(SAMPLES)) assert.ok(used.has(name), name);
  });
});
