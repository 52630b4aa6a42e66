import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { before, test } from "node:test";
import { type AuthKeyOptions, createAuthKeys } from "../../../src/coordinator/auth-keys.ts";
import { createIpam } from "../../../src/coordinator/ipam.ts";
import { parseOverlayPrefix } from "../../../src/coordinator/prefixes.ts";
import { openRegistry } from "../../../src/coordinator/registry.ts";
import { openMemoryStorage } from "../../../src/coordinator/storage/open.ts";
import { sodiumReady } from "../../../src/identity/sodium.ts";
import type { AuthSecret } from "../../../src/protocol/messages.ts";
import { type NodeKey, nodeKeyFromBytes } from "../../../src/protocol/node-key.ts";
import { Secret } from "../../../src/protocol/secret.ts";

before(sodiumReady);

const singleUse: AuthKeyOptions = { reusable: false, ephemeral: false, preapproved: false, tags: [] };

async function mesh(ipv4Prefix = "100.64.0.0/10") {
  const clock = { nowUnixMs: 1_000_000 };
  const nowUnixMs = () => clock.nowUnixMs;
  const ipv4 = parseOverlayPrefix(ipv4Prefix, 4);
  const ipv6 = parseOverlayPrefix("fd12:3456:789a::/48", 6);
  if ("problem" in ipv4 || "problem" in ipv6) throw new Error("prefix");
  const { db } = await openMemoryStorage(0);
  const authKeys = createAuthKeys({ db, nowUnixMs, randomBytes: (count) => new Uint8Array(randomBytes(count)) });
  const dependencies = { db, authKeys, ipam: createIpam(ipv4, ipv6), nowUnixMs };
  const registry = await openRegistry(dependencies);
  const reopen = () => openRegistry(dependencies);
  const join = (nodeKey: NodeKey, hostname: string, auth?: AuthSecret) =>
    registry.join({
      nodeKey,
      discoKey: new Uint8Array(32).fill(1),
      discoSignature: new Uint8Array(64).fill(2),
      hostname,
      os: "linux",
      software: "0.1.0",
      ...(auth === undefined ? {} : { auth }),
    });
  return { db, clock, authKeys, registry, reopen, join };
}

function node(number: number): NodeKey {
  const bytes = new Uint8Array(32);
  bytes.set([number >> 8, number & 0xff]);
  return nodeKeyFromBytes(bytes);
}

void test("a single-use key admits one of many that race for it", async () => {
  const { authKeys, join, registry } = await mesh();
  const key = await authKeys.create(singleUse);
  const results = await Promise.all(Array.from({ length: 20 }, (_, i) => join(node(i), "racer", key)));
  assert.equal(results.filter((result) => result.kind === "joined").length, 1);
  assert.ok(results.every((result) => result.kind === "joined" || result.status === "key-used"));
  assert.equal([...registry.members()].length, 1);
});

void test("why a key is refused is told apart, to who has its secret only", async () => {
  const { authKeys, join, clock } = await mesh();
  const expiring = await authKeys.create({ ...singleUse, expiresUnixMs: clock.nowUnixMs + 1000 });
  const revoked = await authKeys.create({ ...singleUse, reusable: true });
  await authKeys.revoke(revoked.id);
  const status = async (auth?: AuthSecret) => {
    const result = await join(node(1), "a", auth);
    return result.kind === "refused" ? result.status : "ok";
  };
  assert.equal(await status(), "key-required");
  assert.equal(await status({ keyId: new Uint8Array(8), secret: new Secret(new Uint8Array(32)) }), "key-unknown");
  assert.equal(await status({ keyId: revoked.keyId, secret: new Secret(new Uint8Array(32)) }), "key-unknown");
  assert.equal(await status(revoked), "key-revoked");
  clock.nowUnixMs += 1000;
  assert.equal(await status(expiring), "key-expired");
  await assert.rejects(authKeys.revoke("AAAAAAAAAAA"), { code: "no-such-key", exitCode: 1 });
});

void test("a member comes back without a key, with its name and addresses, and leaves keys alone", async () => {
  const { authKeys, join, reopen } = await mesh();
  const key = await authKeys.create(singleUse);
  const joined = await join(node(1), "Laptop", key);
  assert.ok(joined.kind === "joined" && joined.isNew);
  assert.equal(joined.member.hostname, "laptop");

  const other = await authKeys.create(singleUse);
  const back = await join(node(1), "Laptop", other);
  assert.ok(back.kind === "joined" && !back.isNew);
  assert.equal(back.member.hostname, "laptop");
  assert.deepEqual(back.member.ips, joined.member.ips);
  assert.deepEqual(
    (await authKeys.list()).map(({ state }) => state),
    ["used", "usable"],
  );

  const reloaded = (await reopen()).member(node(1));
  assert.deepEqual(reloaded, back.member);
});

void test("a member that asks for another name gets it; that of an administrator stays until then", async () => {
  const { authKeys, join, registry, reopen } = await mesh();
  const key = await authKeys.create({ ...singleUse, reusable: true });
  const nameAfter = async (wish: string) => {
    const result = await join(node(1), wish);
    return result.kind === "joined" ? result.member.hostname : result.status;
  };
  await join(node(1), "laptop", key);
  await join(node(2), "desk", key);
  assert.equal(await nameAfter("Anna's laptop"), "annas-laptop");
  assert.equal(registry.memberByName("laptop"), undefined);
  assert.equal(await nameAfter("desk"), "desk-1");
  assert.equal(await nameAfter("desk"), "desk-1");
  await registry.rename(node(1), "chosen");
  assert.equal(await nameAfter("desk"), "chosen");
  assert.equal((await reopen()).member(node(1))?.wishedName, "desk");
  assert.equal(await nameAfter("laptop"), "laptop");
});

void test("a member of before wishes were kept gets the name that it asks for at once", async () => {
  const { db, authKeys, join, reopen } = await mesh();
  const key = await authKeys.create({ ...singleUse, reusable: true });
  await join(node(1), "laptop", key);
  await join(node(2), "laptop", key);
  await db.updateTable("nodes").set({ wished_name: null }).execute();
  const upgraded = await reopen();
  const request = { discoKey: new Uint8Array(32).fill(1), discoSignature: new Uint8Array(64).fill(2) };
  const nameAfter = async (nodeKey: NodeKey, hostname: string) => {
    const result = await upgraded.join({ ...request, nodeKey, hostname, os: "linux", software: "0.1.0" });
    return result.kind === "joined" ? result.member.hostname : result.status;
  };
  assert.equal(await nameAfter(node(2), "laptop"), "laptop-1");
  assert.equal(await nameAfter(node(1), "desk"), "desk");
});

void test("names are unique, also among those who join at once", async () => {
  const { authKeys, join } = await mesh();
  const key = await authKeys.create({ ...singleUse, reusable: true });
  const results = await Promise.all([1, 2, 3].map((i) => join(node(i), "laptop", key)));
  const names = results.map((result) => (result.kind === "joined" ? result.member.hostname : result.status));
  assert.deepEqual(names, ["laptop", "laptop-1", "laptop-2"]);
});

void test("a removed node is told, and may join again with a fresh key at its old addresses", async () => {
  const { authKeys, join, registry, reopen } = await mesh();
  const key = await authKeys.create({ ...singleUse, reusable: true, tags: ["tag:a"], ephemeral: true });
  const joined = await join(node(1), "laptop", key);
  assert.ok(joined.kind === "joined");
  assert.deepEqual([joined.member.tags, joined.member.ephemeral], [["tag:a"], true]);
  await registry.remove(node(1));
  assert.equal(registry.member(node(1)), undefined);
  assert.equal((await reopen()).memberByName("laptop"), undefined);
  assert.deepEqual(await join(node(1), "laptop"), { kind: "refused", status: "node-removed" });
  await assert.rejects(registry.remove(node(1)), { code: "no-such-node" });

  const successor = await join(node(2), "laptop", key);
  assert.ok(successor.kind === "joined");
  assert.equal(successor.member.hostname, "laptop");
  assert.notDeepEqual(successor.member.ips, joined.member.ips);
  const again = await join(node(1), "laptop", key);
  assert.ok(again.kind === "joined");
  assert.equal(again.member.hostname, "laptop-1");
  assert.deepEqual(again.member.ips, joined.member.ips);
});

void test("a full mesh refuses without using up the key, and reuses an address when its time has come", async () => {
  const { authKeys, join, registry, clock } = await mesh("10.1.2.0/29");
  const key = await authKeys.create({ ...singleUse, reusable: true });
  for (let i = 1; i <= 6; i++) assert.equal((await join(node(i), "n", key)).kind, "joined");
  const single = await authKeys.create(singleUse);
  assert.deepEqual(await join(node(7), "n", single), { kind: "refused", status: "full" });
  await registry.remove(node(3));
  clock.nowUnixMs += 24 * 3_600_000;
  const result = await join(node(7), "n", single);
  assert.ok(result.kind === "joined");
  assert.equal(result.member.ips[0], "10.1.2.3");
  assert.deepEqual(await join(node(3), "n"), { kind: "refused", status: "key-required" });
});

void test("a member can be renamed to a free name", async () => {
  const { authKeys, join, registry } = await mesh();
  const key = await authKeys.create({ ...singleUse, reusable: true });
  await join(node(1), "one", key);
  await join(node(2), "two", key);
  await assert.rejects(registry.rename(node(1), "two"), { code: "name-taken" });
  await assert.rejects(registry.rename(node(1), "Not A Name"), { code: "bad-name", exitCode: 2 });
  assert.equal((await registry.rename(node(1), "uno")).hostname, "uno");
  assert.equal(registry.memberByName("one"), undefined);
  assert.equal(registry.memberByName("uno")?.nodeKey, node(1));
});

void test("a node that is gone for more than a month is forgotten, on disk too; one that left yesterday is not", async () => {
  const { authKeys, clock, db, join, registry } = await mesh();
  const key = await authKeys.create({ ...singleUse, reusable: true });
  for (let number = 0; number < 20; number += 1) {
    await join(node(number), `n${String(number)}`, key);
    await registry.remove(node(number));
  }
  clock.nowUnixMs += 29 * 24 * 3_600_000;
  await join(node(100), "late", key);
  await registry.remove(node(100));
  assert.equal([...registry.removedSince(0)].length, 21);
  clock.nowUnixMs += 2 * 24 * 3_600_000;
  await join(node(101), "later", key);
  await registry.remove(node(101));
  assert.deepEqual([...registry.removedSince(0)], [node(100), node(101)]);
  const rows = await db.selectFrom("nodes").select("node_key").execute();
  assert.equal(rows.length, 2);
  const again = await join(node(3), "n3", key);
  assert.equal(again.kind, "joined");
});
