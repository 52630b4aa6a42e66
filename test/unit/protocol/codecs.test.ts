import assert from "node:assert/strict";
import { describe, it } from "node:test";

import fc from "fast-check";

import {
  MAX_FRAME_BYTES,
  ProtocolViolation,
  Secret,
  decodeClientHello,
  decodeCoordinatorMessage,
  decodeDiscoMessage,
  decodeNetmapEntry,
  decodeNetmapHeader,
  decodeNodeMessage,
  decodeRelayAccepted,
  decodeRelayRegister,
  decodeRelayTicket,
  decodeServerHello,
  encodeClientHello,
  encodeCoordinatorMessage,
  encodeDiscoMessage,
  encodeNetmapEntry,
  encodeNodeMessage,
  encodeRelayAccepted,
  encodeServerHello,
  nodeKeyFromBytes,
  parseNodeKey,
  formatNodeKey,
} from "../../../src/protocol/index.ts";
import type { Candidate, CoordinatorMessage, NodeMessage, SocketAddress } from "../../../src/protocol/index.ts";
import { encodeMessage, wire } from "../../../src/protocol/wire.ts";

const bytes = (length: number, value = 7) => new Uint8Array(length).fill(value);
const peer = nodeKeyFromBytes(bytes(32));
const candidate: Candidate = { kind: "observed", address: "[2001:db8::7]:41641" as SocketAddress };
const header = { header: bytes(10), signature: bytes(64) };

const violates = (run: () => unknown, reason: RegExp) =>
  assert.throws(run, (error) => error instanceof ProtocolViolation && reason.test(error.message));

describe("control messages", () => {
  it("survive encoding", () => {
    const fromNode: NodeMessage[] = [
      {
        kind: "authenticate",
        nodeKey: peer,
        signature: bytes(64),
        discoKey: bytes(32),
        discoSignature: bytes(64),
        hostname: "laptop",
        os: "linux",
        software: "0.1.0",
        bootId: bytes(8),
        resume: header,
      },
      { kind: "endpoints", candidates: [candidate], homeRelay: "main" },
      { kind: "punch-request", peer, candidates: [], attempt: Number.MAX_SAFE_INTEGER },
      {
        kind: "punch-request",
        peer,
        candidates: [],
        attempt: 1,
        nat: { mapping: "dependent", allocation: "sequential", step: -2 },
      },
      { kind: "heartbeat", sequence: 0, reply: true, coordinatorTimeMs: 0 },
      { kind: "logout" },
      { kind: "ticket-request", relays: ["main"] },
      { kind: "relay-observations", observations: [{ nodeKey: peer, ip: "203.0.113.7" }] },
      { kind: "relay-offer", udpAddresses: [candidate.address] },
      { kind: "relay-offer", udpAddresses: [] },
    ];
    for (const message of fromNode) assert.deepEqual(decodeNodeMessage(encodeNodeMessage(message)), message);
    const fromCoordinator: CoordinatorMessage[] = [
      { kind: "auth-result", status: "full", message: "no addresses left", coordinatorTimeMs: 1_700_000_000_000 },
      { kind: "netmap-update", header, full: true, entries: [bytes(3)], removed: ["self"] },
      { kind: "netmap-part", entries: [bytes(3)], removed: ["self"] },
      { kind: "punch-notice", peer, candidates: [candidate], observed: ["203.0.113.7", "2001:db8::7"], attempt: 3 },
      { kind: "heartbeat", sequence: 9, reply: false, coordinatorTimeMs: 5 },
      { kind: "goodbye", reason: "replaced", message: "" },
      { kind: "mesh-prefixes", prefixes: ["100.64.0.0/10", "fd7a:1::/48"] },
      { kind: "ticket-grant", relay: "main", ticket: { ticket: bytes(9), signature: bytes(64) } },
      { kind: "relay-offer-answer", status: "accepted", relay: "laptop", udpAddresses: [candidate.address] },
    ];
    for (const message of fromCoordinator) {
      assert.deepEqual(decodeCoordinatorMessage(encodeCoordinatorMessage(message)), message);
    }
  });

  it("carry the auth secret, wrapped again on arrival", () => {
    const auth = { keyId: bytes(8), secret: new Secret(bytes(32, 9)) };
    const message = decodeNodeMessage(
      encodeNodeMessage({
        ...{
          kind: "authenticate",
          nodeKey: peer,
          signature: bytes(64),
          discoKey: bytes(32),
          discoSignature: bytes(64),
        },
        ...{ auth, hostname: "", os: "", software: "", bootId: bytes(8) },
      }),
    );
    assert.ok(message?.kind === "authenticate");
    assert.deepEqual(message.auth?.secret.reveal(), bytes(32, 9));
  });

  it("of a later version are left alone: bodies, fields, enum numbers", () => {
    assert.equal(decodeNodeMessage(Uint8Array.of(0xfa, 0x07, 0)), undefined);
    assert.equal(decodeCoordinatorMessage(new Uint8Array(0)), undefined);
    const status = encodeMessage(wire.FromCoordinator, { authResult: { status: 99 as number } });
    assert.ok(decodeCoordinatorMessage(status)?.kind === "auth-result");
    assert.equal((decodeCoordinatorMessage(status) as { status: string }).status, "rejected");
    const offer = encodeMessage(wire.FromCoordinator, { relayOfferAnswer: { status: 99 as number } });
    assert.equal((decodeCoordinatorMessage(offer) as { status: string }).status, "not-wanted");
    const kinds = encodeMessage(wire.FromNode, {
      endpoints: { candidates: [{ kind: 77 as number, address: "1.2.3.4:5" }] },
    });
    assert.deepEqual(decodeNodeMessage(kinds), { kind: "endpoints", candidates: [], homeRelay: "" });
  });

  it("are refused at the edge of every bound", () => {
    const endpoints = (count: number) =>
      encodeMessage(wire.FromNode, {
        endpoints: { candidates: Array.from({ length: count }, () => ({ kind: 0, address: "1.2.3.4:5" })) },
      });
    assert.ok(decodeNodeMessage(endpoints(16)));
    violates(() => decodeNodeMessage(endpoints(17)), /more than 16/);
    violates(() => decodeNodeMessage(new Uint8Array(MAX_FRAME_BYTES + 1)), /too large/);
    violates(
      () => decodeNodeMessage(encodeMessage(wire.FromNode, { punchRequest: { peer: bytes(31) } })),
      /peer must have 32/,
    );
    violates(() => decodeNodeMessage(encodeMessage(wire.FromNode, { authenticate: {} })), /node_key must have/);
    violates(
      () => decodeNodeMessage(encodeMessage(wire.FromNode, { punchRequest: { peer: bytes(32), attempt: 2 ** 53 } })),
      /attempt/,
    );
    violates(() => decodeNodeMessage(encodeMessage(wire.FromNode, { ticketRequest: { relays: ["a b"] } })), /relay/);
    violates(
      () => decodeNodeMessage(encodeMessage(wire.FromNode, { endpoints: { homeRelay: "\u001b[2J" } })),
      /home_relay/,
    );
    const offer = (count: number) =>
      encodeMessage(wire.FromNode, { relayOffer: { udpAddresses: Array.from({ length: count }, () => "1.2.3.4:5") } });
    assert.ok(decodeNodeMessage(offer(8)));
    violates(() => decodeNodeMessage(offer(9)), /more than 8/);
    const observed = (count: number, ip = "1.2.3.4") =>
      encodeMessage(wire.FromNode, {
        relayObservations: { observations: Array.from({ length: count }, () => ({ nodeKey: bytes(32), ip })) },
      });
    assert.ok(decodeNodeMessage(observed(64)));
    violates(() => decodeNodeMessage(observed(65)), /more than 64/);
    violates(() => decodeNodeMessage(observed(1, "1.2.3.4:5")), /ip/);
    violates(() => decodeNodeMessage(Uint8Array.of(0x12, 0x7f)), /^FromNode is malformed$/);
    violates(() => decodeClientHello(new Uint8Array(513)), /too large/);
    violates(
      () => decodeClientHello(encodeClientHello({ versions: [], ephemeral: bytes(32), nonce: bytes(32) })),
      /versions/,
    );
  });

  it("hellos survive encoding", () => {
    const hello = { versions: [2, 1], ephemeral: bytes(32), nonce: bytes(32, 1) };
    assert.deepEqual(decodeClientHello(encodeClientHello(hello)), hello);
    const answer = { version: 1, ephemeral: bytes(32), nonce: bytes(32, 1), signature: bytes(64) };
    assert.deepEqual(decodeServerHello(encodeServerHello(answer)), answer);
  });
});

describe("disco and relay messages", () => {
  it("survive encoding", () => {
    const at = "203.0.113.7:41641" as SocketAddress;
    const bodies = [
      { kind: "ping", transactionId: bytes(12), paddingBytes: 0 },
      { kind: "pong", transactionId: bytes(12), observed: at },
      { kind: "pong", transactionId: bytes(12) },
      { kind: "candidates", candidates: [candidate], attempt: 4, replyWanted: true },
      {
        kind: "candidates",
        candidates: [],
        attempt: 4,
        replyWanted: false,
        nat: { mapping: "endpoint-independent", allocation: "preserving", step: 0 },
      },
      { kind: "hard-punch", step: "propose", method: "birthday", attempt: 5, predicted: [] },
      { kind: "hard-punch", step: "go", method: "prediction", attempt: 5, predicted: [at] },
    ] as const;
    for (const body of bodies) {
      const message = { bootId: bytes(8), counter: 1, body };
      assert.deepEqual(decodeDiscoMessage(encodeDiscoMessage(message)), message);
    }
    const accepted = {
      session: 0xffff_ffff,
      observed: at,
      idleTimeoutMs: 60_000,
      signature: bytes(64),
      refused: "accepted",
    } as const;
    assert.deepEqual(decodeRelayAccepted(encodeRelayAccepted(accepted)), accepted);
  });
});

describe("every decoder", () => {
  it("meets arbitrary bytes with a value or a ProtocolViolation", () => {
    const decoders = [
      ...[decodeNodeMessage, decodeCoordinatorMessage, decodeClientHello, decodeServerHello, decodeDiscoMessage],
      ...[decodeNetmapEntry, decodeNetmapHeader, decodeRelayTicket, decodeRelayRegister, decodeRelayAccepted],
    ];
    const samples = [
      encodeNodeMessage({ kind: "endpoints", candidates: [candidate], homeRelay: "main" }),
      encodeNetmapEntry({
        kind: "relay",
        relay: "main",
        key: bytes(32),
        udpAddresses: [candidate.address],
        region: "",
        tcpAddresses: ["relay.example:443"],
        away: true,
        offered: true,
      }),
      encodeCoordinatorMessage({ kind: "netmap-update", header, full: true, entries: [bytes(3)], removed: ["self"] }),
    ];
    const mutated = fc
      .tuple(fc.constantFrom(...samples), fc.nat(200), fc.nat(255))
      .map(([sample, at, value]) => sample.map((byte, i) => (i === at % sample.length ? value : byte)));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), mutated), (input) => {
        for (const decode of decoders) {
          try {
            decode(input);
          } catch (error) {
            assert.ok(error instanceof ProtocolViolation, String(error));
          }
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe("node keys", () => {
  it("are parsed in one spelling", () => {
    assert.equal(parseNodeKey(formatNodeKey(peer)), peer);
    assert.equal(parseNodeKey(peer), peer);
    assert.equal(parseNodeKey(`${peer.slice(0, -1)}d`), undefined);
    assert.equal(parseNodeKey("nodekey:"), undefined);
    assert.equal(parseNodeKey(`${peer}A`), undefined);
  });
});
