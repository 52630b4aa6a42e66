import assert from "node:assert/strict";
import { before, test } from "node:test";
import { openRelayRegistry, relayEntryOf } from "../../../src/coordinator/relay-registry.ts";
import { openMemoryStorage } from "../../../src/coordinator/storage/open.ts";
import { randomBytes, sodiumReady } from "../../../src/identity/index.ts";
import { parseSocketAddress } from "../../../src/protocol/address.ts";
import { Secret } from "../../../src/protocol/secret.ts";

before(sodiumReady);

async function openedRegistry() {
  const { db } = await openMemoryStorage(0);
  const dependencies = { db, nowUnixMs: () => 1000, randomBytes, reservedNames: ["main"] };
  return { registry: await openRelayRegistry(dependencies), reopen: () => openRelayRegistry(dependencies) };
}

void test("a token is bound to the first key that shows it, over restarts", async () => {
  const { registry, reopen } = await openedRegistry();
  const token = await registry.create("fra");
  const [first, second] = [randomBytes(32), randomBytes(32)];
  assert.equal((await registry.join({ relayKey: first, token, region: "eu" })).kind, "joined");
  const again = await reopen();
  assert.equal((await again.join({ relayKey: first, token, region: "eu" })).kind, "joined");
  const other = await again.join({ relayKey: second, token, region: "eu" });
  assert.deepEqual(other, { kind: "refused", status: "key-used" });
});

void test("a wrong secret is an unknown token, a removed relay a revoked one", async () => {
  const { registry } = await openedRegistry();
  const token = await registry.create("fra");
  const relayKey = randomBytes(32);
  const forged = { keyId: token.keyId, secret: new Secret(randomBytes(32)) };
  assert.deepEqual(await registry.join({ relayKey, token: forged, region: "" }), {
    kind: "refused",
    status: "key-unknown",
  });
  await registry.remove("fra");
  assert.deepEqual(await registry.join({ relayKey, token, region: "" }), { kind: "refused", status: "key-revoked" });
  // The name is free again.
  await registry.create("fra");
});

void test("names are labels, used once, and none of the coordinator's own", async () => {
  const { registry } = await openedRegistry();
  await registry.create("fra");
  await assert.rejects(registry.create("fra"), { code: "name-taken" });
  await assert.rejects(registry.create("main"), { code: "name-taken" });
  await assert.rejects(registry.create("Frank furt"), { code: "bad-name" });
  await assert.rejects(registry.remove("muc"), { code: "no-such-relay" });
});

void test("nodes hear of a relay once it has joined and told its addresses", async () => {
  const { registry, reopen } = await openedRegistry();
  const token = await registry.create("fra");
  const joined = await registry.join({ relayKey: randomBytes(32), token, region: "eu" });
  assert.ok(joined.kind === "joined");
  assert.equal(relayEntryOf(joined.relay, true), undefined);
  const address = parseSocketAddress("203.0.113.9:443");
  assert.ok(address !== undefined);
  await registry.setAddresses(joined.relay.tokenId, { udpAddresses: [address], tcpAddresses: ["relay.example:443"] });
  const [relay] = (await reopen()).relays();
  assert.ok(relay !== undefined);
  assert.deepEqual(relayEntryOf(relay, false), {
    kind: "relay",
    relay: "fra",
    key: joined.relay.key,
    region: "eu",
    udpAddresses: [address],
    tcpAddresses: ["relay.example:443"],
    away: true,
    offered: false,
  });
});
