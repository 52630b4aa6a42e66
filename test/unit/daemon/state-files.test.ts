import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, before, beforeEach, describe, it } from "node:test";
import { writeAtomic } from "../../../src/host/atomic-file.ts";
import { loadIdentity } from "../../../src/daemon/identity-file.ts";
import { loadPort, savePort } from "../../../src/daemon/port-file.ts";
import { DEFAULT_SETTINGS, loadSettings, saveSettings, upRequestFrom } from "../../../src/daemon/settings.ts";
import { TicketStore } from "../../../src/daemon/ticket-store.ts";
import { generateSigningKey, issueTicket, nodeKeyOf, sodiumReady } from "../../../src/identity/index.ts";

before(sodiumReady);

describe("state on disk", () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "meshd-state-"));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it("is replaced as a whole, or stays as it was", async () => {
    const path = join(directory, "file");
    await writeAtomic(path, "old");
    const { ino } = statSync(path);
    await writeAtomic(path, new Uint8Array([110, 101, 119]));
    assert.equal(readFileSync(path, "utf8"), "new");
    assert.notEqual(statSync(path).ino, ino);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    // What cannot be put in its place leaves nothing behind.
    mkdirSync(join(directory, "taken", "x"), { recursive: true });
    await assert.rejects(writeAtomic(join(directory, "taken"), "x"));
    assert.equal(existsSync(join(directory, "taken.new")), false);
  });

  it("keeps the identity", async () => {
    const first = await loadIdentity(directory);
    const again = await loadIdentity(directory);
    assert.deepEqual(again.node.publicKey, first.node.publicKey);
    assert.deepEqual(again.disco.publicKey, first.disco.publicKey);
    const text = readFileSync(join(directory, "identity.json"), "utf8");
    // One character of a key less is damage, not another key.
    writeFileSync(join(directory, "identity.json"), text.replace(/"nodeSeed":"./, '"nodeSeed":"'));
    await assert.rejects(loadIdentity(directory), /identity\.json is damaged/);
  });

  it("keeps settings and the port", async () => {
    const settings = {
      ...DEFAULT_SETTINGS,
      running: true,
      hostname: "laptop",
      port: 7,
      shieldsUp: true,
      operator: "me",
    };
    await saveSettings(directory, settings);
    assert.deepEqual(await loadSettings(directory), settings);
    assert.equal(await loadPort(directory), 0);
    await savePort(directory, 41641);
    assert.equal(await loadPort(directory), 41641);
    writeFileSync(join(directory, "port"), "99999");
    assert.equal(await loadPort(directory), 0);
  });

  it("checks what a request asks for", () => {
    assert.deepEqual(upRequestFrom({ tun: "x", other: 1, version: 1 }), { tun: "x" });
    for (const bad of [
      { port: 65536 },
      { port: -1 },
      { port: "1" },
      { acceptDns: 1 },
      { hostname: "" },
      { hostname: "x".repeat(64) },
      { authKey: "x".repeat(8193) },
      { timeoutMs: 1.5 },
    ]) {
      assert.equal(typeof upRequestFrom(bad), "string", JSON.stringify(bad));
    }
  });

  it("keeps tickets until they expire, and renews them at half of their life", async () => {
    const [root, relay] = [generateSigningKey(), generateSigningKey()];
    const nodeKey = nodeKeyOf(generateSigningKey());
    const times = { notBeforeUnixMs: 1000, notAfterUnixMs: 3000 };
    const ticket = issueTicket(root, { nodeKey, relayKey: relay.publicKey, ...times });
    const store = await TicketStore.load(directory);
    assert.deepEqual(store.due(["main"], 0), ["main"]);
    assert.equal(await store.put("main", ticket), true);
    assert.equal(await store.put("other", { ...ticket, ticket: new Uint8Array([1, 2]) }), false);
    const again = await TicketStore.load(directory);
    assert.deepEqual(Buffer.from(again.get("main", 2999)?.ticket ?? []), Buffer.from(ticket.ticket));
    assert.equal(again.get("main", 3000), undefined);
    assert.deepEqual(again.due(["main", "other"], 2000), ["other"]);
    assert.deepEqual(again.due(["main"], 2001), ["main"]);
    assert.equal(statSync(join(directory, "tickets.json")).mode & 0o777, 0o600);
    const later = { nodeKey, relayKey: relay.publicKey, notBeforeUnixMs: 3000, notAfterUnixMs: 5000 };
    await again.put("other", issueTicket(root, later));
    const { tickets } = JSON.parse(readFileSync(join(directory, "tickets.json"), "utf8")) as { tickets: object };
    assert.deepEqual(Object.keys(tickets), ["other"], "that of a relay that is gone does not stay for ever");
  });
});
