import assert from "node:assert/strict";
import { before, describe, it } from "node:test";

import fc from "fast-check";

import { nodeKeyOf, signingKeyFromSeed, sodium, sodiumReady } from "../../../src/identity/index.ts";
import {
  add,
  applyUpdate,
  emptySet,
  entryDigest,
  parseNetmap,
  serializeNetmap,
  setHash,
  signHeader,
  subtract,
  verifyHeader,
  viewOf,
} from "../../../src/netmap/index.ts";
import type { NetmapState, NetmapTrust } from "../../../src/netmap/index.ts";
import { encodeNetmapEntry } from "../../../src/protocol/index.ts";
import type { NetmapEntry, NetmapUpdate } from "../../../src/protocol/index.ts";
import { encodeMessage, wire } from "../../../src/protocol/wire.ts";
import { SEEDS, fill, hex, sampleEntries } from "../vectors/build.ts";

before(sodiumReady);

const root = () => signingKeyFromSeed(fill(32, SEEDS.root));
const trust = (): NetmapTrust => ({
  rootKey: root().publicKey,
  recipient: nodeKeyOf(signingKeyFromSeed(fill(32, SEEDS.nodeA))),
});

interface Change {
  readonly version: number;
  readonly epoch?: number;
  readonly full?: boolean;
  readonly entries?: readonly Uint8Array[];
  readonly removed?: readonly string[];
  /** What the header claims. */
  readonly result: readonly Uint8Array[];
}

function update({ version, epoch = 1, full = false, entries = [], removed = [], result }: Change): NetmapUpdate {
  const set = emptySet();
  for (const entry of result) add(set, entryDigest(entry));
  const header = signHeader(root(), { recipient: trust().recipient, epoch, version, issuedAtUnixMs: 1 }, set);
  return { header, full, entries, removed };
}

function full(entries: readonly NetmapEntry[], version = 1): NetmapUpdate {
  const bytes = entries.map(encodeNetmapEntry);
  return update({ version, full: true, entries: bytes, result: bytes });
}

function applied(current: NetmapState | undefined, change: NetmapUpdate): NetmapState {
  const result = applyUpdate(trust(), current, change);
  assert.ok(result.ok, result.ok ? "" : result.reason);
  return result.state;
}

function refusal(current: NetmapState | undefined, change: NetmapUpdate, by = trust()): string {
  const result = applyUpdate(by, current, change);
  assert.ok(!result.ok);
  return result.reason;
}

describe("set hash", () => {
  it("uses TurboSHAKE128 with the domain byte 0x1F (RFC 9861, appendix A)", () => {
    assert.equal(
      hex(sodium().crypto_xof_turboshake128(32, new Uint8Array(0))),
      "1e415f1c5983aff2169217277d17bb538cd945a397ddec541f1ce41af2c1b74c",
    );
  });

  it("depends on the set, not on the order or the detours", () => {
    const small = fc.uint8Array({ minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(fc.uniqueArray(small, { maxLength: 8, selector: hex }), small, (entries, extra) => {
        const there = emptySet();
        for (const entry of entries) add(there, entryDigest(entry));
        const back = emptySet();
        add(back, entryDigest(extra));
        for (const entry of entries.toReversed()) add(back, entryDigest(entry));
        assert.notEqual(hex(setHash(there)), hex(setHash(back)));
        subtract(back, entryDigest(extra));
        assert.equal(hex(setHash(there)), hex(setHash(back)));
      }),
      { numRuns: 30 },
    );
  });
});

describe("netmap", () => {
  it("shows self, mesh, relays, and peers with their presence", () => {
    const view = viewOf(applied(undefined, full(sampleEntries(), 7)));
    assert.equal(view.version, 7);
    assert.equal(view.self?.hostname, "laptop");
    assert.equal(view.mesh?.ipv4Prefix, "100.64.0.0/10");
    assert.equal(view.relays.get("main")?.udpAddresses[0], "203.0.113.1:443");
    const [peer] = view.peers.values();
    assert.equal(peer?.hostname, "phone");
    assert.equal(peer.presence?.candidates[0]?.address, "198.51.100.9:41641");
    assert.deepEqual(view.problems, []);
  });

  it("follows changes, without touching the state before", () => {
    const [mesh, self, peer, presence] = sampleEntries();
    assert.ok(mesh && self && peer?.kind === "peer" && presence?.kind === "presence");
    const before = applied(undefined, full([mesh, self, peer]));
    const online = [mesh, self, peer, presence].map(encodeNetmapEntry);
    const after = applied(before, update({ version: 2, entries: [encodeNetmapEntry(presence)], result: online }));
    assert.equal(viewOf(after).peers.get(peer.nodeKey)?.presence?.online, true);
    assert.equal(viewOf(before).peers.get(peer.nodeKey)?.presence, undefined);

    const renamed = encodeNetmapEntry({ ...peer, hostname: "tablet" });
    const rest = [mesh, self].map(encodeNetmapEntry);
    const changed = applied(
      after,
      update({ version: 3, entries: [renamed], removed: [`presence/${peer.nodeKey}`], result: [...rest, renamed] }),
    );
    assert.equal(viewOf(changed).peers.get(peer.nodeKey)?.hostname, "tablet");
    assert.equal(viewOf(changed).peers.get(peer.nodeKey)?.presence, undefined);
  });

  it("refuses what is old, forged, foreign or does not add up", () => {
    const entries = sampleEntries();
    const bytes = entries.map(encodeNetmapEntry);
    const state = applied(undefined, full(entries, 5));
    assert.match(refusal(state, full(entries, 4)), /older/);
    assert.ok(applyUpdate(trust(), state, full(entries, 5)).ok);
    assert.ok(
      applyUpdate(trust(), state, update({ version: 1, epoch: 2, full: true, entries: bytes, result: bytes })).ok,
    );
    assert.match(refusal(state, update({ version: 6, entries: bytes.slice(0, 1), result: bytes.slice(1) })), /add up/);
    assert.match(refusal(undefined, update({ version: 6, entries: bytes, result: bytes })), /without a netmap/);
    const good = full(entries, 6);
    const forged = { ...good, header: { ...good.header, signature: fill(64, 1) } };
    assert.match(refusal(state, forged), /signature/);
    const stranger = signingKeyFromSeed(fill(32, 99));
    assert.match(refusal(undefined, good, { ...trust(), rootKey: stranger.publicKey }), /another mesh/);
    assert.match(refusal(undefined, good, { ...trust(), recipient: nodeKeyOf(stranger) }), /another node/);
    assert.match(refusal(state, { ...good, header: { ...good.header, header: Uint8Array.of(9) } }), /malformed/);
    assert.match(refusal(undefined, { ...good, entries: [Uint8Array.of(0xff)] }), /malformed/);
  });

  it("keeps but does not show entries it cannot use", () => {
    const [mesh, self, peer] = sampleEntries();
    assert.ok(mesh && self && peer?.kind === "peer");
    const later = encodeMessage(wire.NetmapEntry, { name: "policy/1" });
    const unsigned = encodeNetmapEntry({ ...peer, discoKey: fill(32, 7) });
    const misnamed = encodeMessage(wire.NetmapEntry, {
      name: "relay/other",
      relay: { relay: "main", key: fill(32, 4) },
    });
    const bytes = [encodeNetmapEntry(mesh), encodeNetmapEntry(self), later, unsigned, misnamed];
    const state = applied(undefined, update({ version: 1, full: true, entries: bytes, result: bytes }));
    assert.equal(state.entries.size, 5);
    const view = viewOf(state);
    assert.equal(view.peers.size + view.relays.size, 0);
    assert.deepEqual(
      view.problems.map(({ name }) => name),
      [`peer/${peer.nodeKey}`, "relay/other"],
    );
  });

  it("headers held are recognised by whoever signed them", () => {
    const state = applied(undefined, full(sampleEntries(), 5));
    const header = verifyHeader(trust(), state.signedHeader);
    assert.ok("version" in header && header.version === 5);
  });
});

describe("netmap file", () => {
  it("gives back the same netmap", () => {
    const state = applied(undefined, full(sampleEntries(), 5));
    const read = parseNetmap(trust(), serializeNetmap(state));
    assert.ok(read.ok);
    assert.deepEqual(read.state, state);
  });

  it("is recognised as garbage after any change or truncation", () => {
    const file = serializeNetmap(applied(undefined, full(sampleEntries(), 5)));
    fc.assert(
      fc.property(fc.nat(file.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const broken = Uint8Array.from(file);
        broken[at] = (broken[at] ?? 0) ^ flip;
        assert.ok(!parseNetmap(trust(), broken).ok);
        assert.ok(!parseNetmap(trust(), file.subarray(0, at)).ok);
      }),
    );
    assert.deepEqual(parseNetmap(trust(), new Uint8Array(0)), {
      ok: false,
      reason: "not a netmap file",
    });
  });
});
