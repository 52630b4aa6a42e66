// What a node believes because it is signed or sealed: the netmap, its file, disco; and what relays and nodes prove to each other.
import assert from "node:assert/strict";
import { blake2b, concat } from "../../../src/identity/hash.ts";
import {
  discoKeyFromSecret,
  meshIdOf,
  nodeKeyOf,
  pairSecrets,
  signingKeyFromSeed,
  sodium,
} from "../../../src/identity/index.ts";
import { issueTicket, signRelayRegister } from "../../../src/identity/relay-tickets.ts";
import {
  add,
  applyUpdate,
  emptySet,
  entryDigest,
  type NetmapState,
  parseNetmap,
  serializeNetmap,
  signHeader,
  viewOf,
} from "../../../src/netmap/index.ts";
import { Boot } from "../../../src/paths/boot.ts";
import { SealedDisco } from "../../../src/paths/disco.ts";
import {
  decodeFromRelay,
  encodeRelayHello,
  encodeRelayPing,
  encodeRelayRegistration,
} from "../../../src/paths/relay-control.ts";
import { encodeNetmapEntry } from "../../../src/protocol/netmap-codec.ts";
import { parseSocketAddress } from "../../../src/protocol/address.ts";
import { encodeDiscoMessage } from "../../../src/protocol/disco-codec.ts";
import { encodeRelayRegister } from "../../../src/protocol/relay-codec.ts";
import { encodeAnswer, judgeRegistration } from "../../../src/relay/registration.ts";
import { sampleEntries } from "../../unit/vectors/build.ts";
import { address, fill } from "../samples.ts";
import type { Target } from "../target.ts";

const ROOT = signingKeyFromSeed(fill(32, 1));
const NODE = signingKeyFromSeed(fill(32, 2));
const PEER = signingKeyFromSeed(fill(32, 3));
const RELAY = signingKeyFromSeed(fill(32, 4));
const MESH_ID = meshIdOf(ROOT.publicKey);
const TRUST = { rootKey: ROOT.publicKey, recipient: nodeKeyOf(NODE) };
const HEADER = { recipient: TRUST.recipient, epoch: 1, version: 7, issuedAtUnixMs: 1_700_000_000_000 };
const NOW = 1_700_000_000_000;

/** As the coordinator would sign these entries, whatever they are. */
function signed(entries: readonly Uint8Array[]): Parameters<typeof applyUpdate>[2] {
  const set = emptySet();
  for (const entry of entries) add(set, entryDigest(entry));
  return { header: signHeader(ROOT, HEADER, set), full: true, entries, removed: [] };
}

function sampleState(): NetmapState {
  const applied = applyUpdate(TRUST, undefined, signed(sampleEntries().map(encodeNetmapEntry)));
  if (!applied.ok) throw new Error(applied.reason);
  return applied.state;
}

/** Entries after their length (u16), signed by the coordinator: what a hostile coordinator can have a node take. */
export const netmapEntries: Target = {
  name: "netmap-entries",
  maxBytes: 3000,
  seeds: () => {
    const entries = sampleEntries().map(encodeNetmapEntry).map(withLength);
    return [...entries, concat(entries)];
  },
  run(input) {
    const applied = applyUpdate(TRUST, undefined, signed(split(input)));
    if (!applied.ok) return;
    viewOf(applied.state);
    const again = parseNetmap(TRUST, serializeNetmap(applied.state));
    assert.ok(again.ok, "what was accepted can be stored and read again");
    assert.deepEqual([...again.state.entries.keys()], [...applied.state.entries.keys()]);
  },
};

function withLength(bytes: Uint8Array): Uint8Array {
  return concat([Uint8Array.of(bytes.length >> 8, bytes.length), bytes]);
}

function split(bytes: Uint8Array): readonly Uint8Array[] {
  const parts: Uint8Array[] = [];
  for (let at = 0; at + 2 <= bytes.length;) {
    const end = at + 2 + (bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0);
    parts.push(bytes.slice(at + 2, end));
    at = end;
  }
  return parts;
}

/** The file as it is, and with its checksum made right, so that what is behind it is reached, too. */
export const netmapFile: Target = {
  name: "netmap-file",
  maxBytes: 4000,
  seeds: () => [serializeNetmap(sampleState())],
  run(input) {
    const content = input.subarray(0, -32);
    const repaired = concat([content, blake2b(32, "meshd netmap checksum v1", [content])]);
    for (const file of [input, repaired]) {
      const parsed = parseNetmap(TRUST, file);
      if (!parsed.ok) continue;
      assert.ok(parseNetmap(TRUST, serializeNetmap(parsed.state)).ok);
    }
  },
};

function discoSide(self: typeof NODE, peer: typeof NODE, own: number, other: number) {
  const keys = {
    meshId: MESH_ID,
    self: nodeKeyOf(self),
    peer: nodeKeyOf(peer),
    discoSecretKey: discoKeyFromSecret(fill(32, own)).secretKey,
    peerDiscoKey: discoKeyFromSecret(fill(32, other)).publicKey,
  };
  const secrets = pairSecrets(keys);
  assert.ok(secrets);
  const boot = new Boot((length) => fill(length, own));
  const disco = () => new SealedDisco({ boot, self: keys.self, peer: keys.peer, secrets, random: fill });
  return { disco, secrets };
}

/** A datagram as it comes, and a box of the peer's whose content is the input. */
export const sealedDisco: Target = {
  name: "sealed-disco",
  maxBytes: 1200,
  seeds: () => [
    discoSide(PEER, NODE, 6, 5)
      .disco()
      .seal({ kind: "ping", transactionId: fill(12), paddingBytes: 0 }),
    encodeDiscoMessage({
      bootId: fill(8),
      counter: 5,
      body: { kind: "ping", transactionId: fill(12), paddingBytes: 3 },
    }),
    encodeDiscoMessage({
      bootId: fill(8),
      counter: 6,
      body: { kind: "pong", transactionId: fill(12), observed: address("192.0.2.1:443") },
    }),
  ],
  run(input) {
    const { disco, secrets } = discoSide(NODE, PEER, 5, 6);
    disco().open(input);
    const peers = discoSide(PEER, NODE, 6, 5)
      .disco()
      .seal({ kind: "ping", transactionId: fill(12), paddingBytes: 0 });
    const nonce = fill(24);
    const box = sodium().crypto_box_easy_afternm(input, nonce, secrets.shared.reveal());
    const datagram = concat([peers.subarray(0, 26), nonce, box]);
    const channel = disco();
    const opened = channel.open(datagram);
    if (opened !== undefined) assert.equal(channel.open(datagram), undefined, "a recording counts once");
  },
};

export const fromRelay: Target = {
  name: "from-relay",
  maxBytes: 600,
  seeds: () => [
    concat([Uint8Array.of(17, 2), fill(32)]),
    concat([Uint8Array.of(17, 6), fill(30)]),
    Uint8Array.of(17, 7, 0, 0, 0, 5),
    encodeAnswer(RELAY, {
      nodeKey: TRUST.recipient,
      meshId: MESH_ID,
      nonce: fill(16),
      session: 5,
      observed: address("192.0.2.1:443"),
      refused: "accepted",
    }),
    encodeRelayHello(fill(16)),
    encodeRelayPing(5, 9n),
  ],
  run(input) {
    const message = decodeFromRelay(input);
    if (message?.kind === "pong") assert.equal(parseSocketAddress(message.observed), message.observed);
  },
};

const TICKET = issueTicket(ROOT, {
  nodeKey: TRUST.recipient,
  relayKey: RELAY.publicKey,
  notBeforeUnixMs: NOW - 1000,
  notAfterUnixMs: NOW + 1000,
});
const REGISTRATION = { meshId: MESH_ID, nodeKey: TRUST.recipient, relayKey: RELAY.publicKey, nonce: fill(16) };

export const relayRegistration: Target = {
  name: "relay-registration",
  maxBytes: 1100,
  seeds: () => {
    const register = { ticket: TICKET, signature: signRelayRegister(NODE, REGISTRATION, fill(16)) };
    return [encodeRelayRegister(register), encodeRelayRegistration(fill(16), fill(16), register)];
  },
  run(input) {
    const trust = { relay: RELAY, rootKeys: [ROOT.publicKey], isRevoked: () => false };
    const verdict = judgeRegistration(trust, { nonce: fill(16), cookie: fill(16), body: input }, NOW);
    if (verdict.kind === "granted") assert.equal(verdict.nodeKey, TRUST.recipient, "only who holds the ticket");
  },
};
