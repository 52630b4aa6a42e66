// Computes the test vectors of docs/protocol.md from fixed seeds: `node test/unit/vectors/build.ts` writes the JSON files that
// the tests (and other implementations) compare with.
import { writeFile } from "node:fs/promises";

import { answerHandshake, startHandshake } from "../../../src/channel/handshake.ts";
import {
  EVERYONE,
  authSecretHash,
  discoKeyFromSecret,
  formatAuthKey,
  hint,
  issueTicket,
  meshIdOf,
  nodeKeyOf,
  pairSecrets,
  relayIdOf,
  sign,
  signDiscoKey,
  signRelayAccepted,
  signRelayRegister,
  signingKeyFromSeed,
  sodiumReady,
} from "../../../src/identity/index.ts";
import { add, emptySet, entryDigest, setHash, signHeader, subtract } from "../../../src/netmap/index.ts";
import { Boot, SealedDisco } from "../../../src/paths/index.ts";
import { Secret, encodeNetmapEntry, formatNodeKey, parseSocketAddress } from "../../../src/protocol/index.ts";
import type { DiscoBody, NetmapEntry, OverlayIp } from "../../../src/protocol/index.ts";

export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
export const fill = (length: number, value: number): Uint8Array => new Uint8Array(length).fill(value);

export async function buildVectors(): Promise<Record<string, unknown>> {
  await sodiumReady();
  return { identity: identity(), netmap: netmap(), handshake: handshake(), disco: disco() };
}

/** Seeds: the byte repeated 32 times. */
export const SEEDS = { root: 1, nodeA: 2, nodeB: 3, relay: 4, discoA: 5, discoB: 6, authSecret: 7 } as const;

function identity(): unknown {
  const root = signingKeyFromSeed(fill(32, SEEDS.root));
  const nodeA = signingKeyFromSeed(fill(32, SEEDS.nodeA));
  const nodeB = signingKeyFromSeed(fill(32, SEEDS.nodeB));
  const relay = signingKeyFromSeed(fill(32, SEEDS.relay));
  const discoA = discoKeyFromSecret(fill(32, SEEDS.discoA));
  const discoB = discoKeyFromSecret(fill(32, SEEDS.discoB));
  const meshId = meshIdOf(root.publicKey);
  const secret = new Secret(fill(32, SEEDS.authSecret));
  const pair = pairSecrets({
    meshId,
    self: nodeKeyOf(nodeA),
    peer: nodeKeyOf(nodeB),
    discoSecretKey: discoA.secretKey,
    peerDiscoKey: discoB.publicKey,
  });
  if (!pair) throw new Error("no pair secret");
  const nonce = fill(16, 0x10);
  const cookie = fill(16, 0x11);
  const observed = parseSocketAddress("203.0.113.7:41641");
  if (observed === undefined) throw new Error("not an address");
  const registration = { meshId, nodeKey: nodeKeyOf(nodeA), relayKey: relay.publicKey, nonce };
  const ticket = issueTicket(root, {
    nodeKey: nodeKeyOf(nodeA),
    relayKey: relay.publicKey,
    notBeforeUnixMs: 1_700_000_000_000,
    notAfterUnixMs: 1_700_604_800_000,
  });
  return {
    seeds: SEEDS,
    rootPublicKey: hex(root.publicKey),
    meshId: hex(meshId),
    nodeA: { publicKey: hex(nodeA.publicKey), text: formatNodeKey(nodeKeyOf(nodeA)), disco: hex(discoA.publicKey) },
    nodeB: { publicKey: hex(nodeB.publicKey), text: formatNodeKey(nodeKeyOf(nodeB)), disco: hex(discoB.publicKey) },
    relayPublicKey: hex(relay.publicKey),
    relayIdA: hex(relayIdOf(meshId, nodeKeyOf(nodeA))),
    pair: {
      shared: hex(pair.shared.reveal()),
      tagKey: hex(pair.tagKey.reveal()),
      cidKey: hex(pair.cidKey.reveal()),
      hintA: hex(hint(pair.tagKey, nodeKeyOf(nodeA))),
      hintB: hex(hint(pair.tagKey, nodeKeyOf(nodeB))),
    },
    authKey: {
      coordinators: "coordinator.example.org:443 [2001:db8::1]:8443",
      keyId: hex(fill(8, 0x08)),
      text: formatAuthKey({
        coordinators: [
          { host: "coordinator.example.org", port: 443 },
          { host: "2001:db8::1", port: 8443 },
        ],
        rootKey: root.publicKey,
        keyId: fill(8, 0x08),
        secret,
      }),
      secretHash: hex(authSecretHash(secret)),
    },
    signatures: {
      payload: hex(fill(3, 0x70)),
      "control-server": hex(sign(root, { purpose: "control-server", meshId, verifier: EVERYONE }, fill(3, 0x70))),
      "control-node": hex(sign(nodeA, { purpose: "control-node", meshId, verifier: root.publicKey }, fill(3, 0x70))),
      "disco-key": hex(signDiscoKey(nodeA, meshId, discoA.publicKey)),
    },
    relay: {
      ticket: hex(ticket.ticket),
      ticketSignature: hex(ticket.signature),
      nonce: hex(nonce),
      cookie: hex(cookie),
      register: hex(signRelayRegister(nodeA, registration, cookie)),
      accepted: {
        session: 0x01020304,
        observed,
        signature: hex(signRelayAccepted(relay, registration, { session: 0x01020304, observed })),
      },
    },
  };
}

/** The entries that the netmap vectors (and tests) use: a mesh of nodes A (recipient) and B. */
export function sampleEntries(): readonly NetmapEntry[] {
  const root = signingKeyFromSeed(fill(32, SEEDS.root));
  const nodeA = signingKeyFromSeed(fill(32, SEEDS.nodeA));
  const nodeB = signingKeyFromSeed(fill(32, SEEDS.nodeB));
  const discoB = discoKeyFromSecret(fill(32, SEEDS.discoB));
  const ip = (text: string) => text as OverlayIp;
  const at = parseSocketAddress("198.51.100.9:41641");
  const relayAt = parseSocketAddress("203.0.113.1:443");
  if (at === undefined || relayAt === undefined) throw new Error("not an address");
  return [
    {
      kind: "mesh",
      domain: "mesh",
      ipv4Prefix: "100.64.0.0/10",
      ipv6Prefix: "fd7a:1:2::/48",
      coordinators: ["203.0.113.1:443"],
      stunServers: [],
    },
    {
      kind: "self",
      nodeKey: nodeKeyOf(nodeA),
      hostname: "laptop",
      ips: [ip("100.64.0.1"), ip("fd7a:1:2::1")],
      tags: [],
    },
    {
      kind: "peer",
      nodeKey: nodeKeyOf(nodeB),
      discoKey: discoB.publicKey,
      discoSignature: signDiscoKey(nodeB, meshIdOf(root.publicKey), discoB.publicKey),
      hostname: "phone",
      ips: [ip("100.64.0.2"), ip("fd7a:1:2::2")],
      routes: ["192.0.2.0/24"],
      tags: ["tag:mobile"],
      os: "linux",
    },
    {
      kind: "presence",
      nodeKey: nodeKeyOf(nodeB),
      online: true,
      lastSeenUnixMs: 1_700_000_000_000,
      bootId: fill(8, 9),
      candidates: [{ kind: "reflexive", address: at }],
      homeRelay: "main",
    },
    {
      kind: "relay",
      relay: "main",
      key: fill(32, 4),
      udpAddresses: [relayAt],
      region: "",
      tcpAddresses: [],
      away: false,
      offered: false,
    },
  ];
}

function netmap(): unknown {
  const root = signingKeyFromSeed(fill(32, SEEDS.root));
  const recipient = nodeKeyOf(signingKeyFromSeed(fill(32, SEEDS.nodeA)));
  const entries = sampleEntries().map(encodeNetmapEntry);
  const set = emptySet();
  const steps = entries.map((entry) => {
    add(set, entryDigest(entry));
    return {
      entry: hex(entry),
      digestStart: hex(new Uint8Array(entryDigest(entry).buffer, 0, 16)),
      setHash: hex(setHash(set)),
    };
  });
  const signed = signHeader(root, { recipient, epoch: 1, version: 7, issuedAtUnixMs: 1_700_000_000_000 }, set);
  const last = entries.at(-1);
  if (last) subtract(set, entryDigest(last));
  return {
    emptySetHash: hex(setHash(emptySet())),
    add: steps,
    afterRemovingLast: hex(setHash(set)),
    header: hex(signed.header),
    signature: hex(signed.signature),
  };
}

function handshake(): unknown {
  const root = signingKeyFromSeed(fill(32, SEEDS.root));
  const nodeRandomness = { ephemeralSeed: fill(32, 0x20), nonce: fill(32, 0x21) };
  const coordinatorRandomness = { ephemeralSeed: fill(32, 0x22), nonce: fill(32, 0x23) };
  const node = startHandshake(root.publicKey, nodeRandomness);
  const { serverHello } = answerHandshake(root, node.clientHello, coordinatorRandomness);
  const keys = node.finish(serverHello);
  return {
    rootSeedByte: SEEDS.root,
    node: { ephemeralSeed: hex(nodeRandomness.ephemeralSeed), nonce: hex(nodeRandomness.nonce) },
    coordinator: { ephemeralSeed: hex(coordinatorRandomness.ephemeralSeed), nonce: hex(coordinatorRandomness.nonce) },
    clientHello: hex(node.clientHello),
    serverHello: hex(serverHello),
    transcriptHash: hex(keys.transcriptHash),
    nodeToCoordinatorKey: hex(keys.sendKey.reveal()),
    coordinatorToNodeKey: hex(keys.receiveKey.reveal()),
  };
}

/** What A seals for B as its first messages after a start, every nonce the same. */
function disco(): unknown {
  const [self, peer] = [SEEDS.nodeA, SEEDS.nodeB].map((seed) => nodeKeyOf(signingKeyFromSeed(fill(32, seed))));
  const meshId = meshIdOf(signingKeyFromSeed(fill(32, SEEDS.root)).publicKey);
  const discoSecretKey = discoKeyFromSecret(fill(32, SEEDS.discoA)).secretKey;
  const peerDiscoKey = discoKeyFromSecret(fill(32, SEEDS.discoB)).publicKey;
  const observed = parseSocketAddress("203.0.113.7:41641");
  if (self === undefined || peer === undefined || observed === undefined) throw new Error("no keys");
  const secrets = pairSecrets({ meshId, self, peer, discoSecretKey, peerDiscoKey });
  if (secrets === undefined) throw new Error("no pair secret");
  const boot = new Boot((length) => fill(length, 0x30));
  const channel = new SealedDisco({ boot, self, peer, secrets, random: (length) => fill(length, 0x31) });
  const transactionId = fill(12, 0x32);
  const bodies: readonly DiscoBody[] = [
    { kind: "ping", transactionId, paddingBytes: 0 },
    { kind: "pong", transactionId, observed },
    { kind: "candidates", candidates: [{ kind: "reflexive", address: observed }], attempt: 7, replyWanted: true },
  ];
  return {
    bootId: hex(boot.id),
    nonce: hex(fill(24, 0x31)),
    transactionId: hex(transactionId),
    observed,
    datagrams: Object.fromEntries(bodies.map((body) => [body.kind, hex(channel.seal(body))])),
  };
}

if (import.meta.main) {
  for (const [name, vectors] of Object.entries(await buildVectors())) {
    await writeFile(new URL(`${name}.json`, import.meta.url), `${JSON.stringify(vectors, null, 2)}\n`);
  }
}
