import assert from "node:assert/strict";
import { before, test } from "node:test";
import fc from "fast-check";
import {
  concat,
  issueTicket,
  meshIdOf,
  nodeKeyOf,
  signingKeyFromSeed,
  type SigningKey,
  signRelayAccepted,
  sodiumReady,
  verifyRelayRegister,
} from "../../../src/identity/index.ts";
import { RelaySession, type RelayTransmit } from "../../../src/paths/index.ts";
import { decodeFromRelay } from "../../../src/paths/relay-control.ts";
import {
  decodeRelayRegister,
  encodeRelayAccepted,
  parseSocketAddress,
  type RelayRefusal,
  type SocketAddress,
} from "../../../src/protocol/index.ts";

function address(text: string): SocketAddress {
  const parsed = parseSocketAddress(text);
  assert.ok(parsed !== undefined, text);
  return parsed;
}
const [V4, V6, US] = [address("203.0.113.1:443"), address("[2001:db8::1]:443"), address("198.51.100.7:41641")];
const COOKIE = new Uint8Array(16).fill(0xc0);

let keys: { node: SigningKey; relay: SigningKey; root: SigningKey };
before(async () => {
  await sodiumReady();
  const key = (n: number) => signingKeyFromSeed(new Uint8Array(32).fill(n));
  keys = { node: key(1), relay: key(2), root: key(3) };
});

function setUp(keepaliveMs = 20_000) {
  let counter = 0;
  const meshId = meshIdOf(keys.root.publicKey);
  const nodeKey = nodeKeyOf(keys.node);
  const session = new RelaySession({
    node: keys.node,
    meshId,
    relayKey: keys.relay.publicKey,
    random: (length) => new Uint8Array(length).fill(++counter),
    keepaliveMs,
  });
  const ticket = issueTicket(keys.root, {
    nodeKey,
    relayKey: keys.relay.publicKey,
    notBeforeUnixMs: 0,
    notAfterUnixMs: 10 ** 12,
  });
  const sent = () => drain(() => session.pollTransmit());
  const events = () => drain(() => session.pollEvent());
  const cookie = (hello: RelayTransmit) => concat([Uint8Array.of(17, 2), hello.data.subarray(2, 18), COOKIE]);
  const answer = (register: RelayTransmit, refused: RelayRefusal = "accepted", signer = keys.relay) => {
    const nonce = register.data.slice(2, 18);
    const accepted = { session: refused === "accepted" ? 77 : 0, observed: US };
    const signature = signRelayAccepted(signer, { meshId, nodeKey, nonce }, accepted);
    const body = encodeRelayAccepted({ ...accepted, idleTimeoutMs: 60_000, signature, refused });
    return concat([Uint8Array.of(17, 4), nonce, body]);
  };
  /** Registered at V4 at `now`. */
  const register = (now: number) => {
    const hello = sent().find((each) => each.address === V4);
    assert.ok(hello);
    session.handleDatagram(cookie(hello), V4, now);
    const [registration] = sent();
    assert.ok(registration);
    session.handleDatagram(answer(registration), V4, now);
    return registration;
  };
  return { session, ticket, sent, events, cookie, answer, register, meshId, nodeKey };
}

function drain<Item>(poll: () => Item | undefined): Item[] {
  const items: Item[] = [];
  for (let item = poll(); item !== undefined; item = poll()) items.push(item);
  return items;
}

function pong(ping: RelayTransmit, observed = "198.51.100.7:41641"): Uint8Array {
  const datagram = Buffer.alloc(32);
  datagram.set([17, 6]);
  datagram.set(ping.data.subarray(2, 14), 2);
  datagram.writeUInt16BE(Number(observed.split(":")[1]), 14);
  datagram.set([255, 255, ...(observed.split(":")[0] ?? "").split(".").map(Number)], 26);
  return datagram;
}

const unknownSession = (session: number) => {
  const datagram = Buffer.alloc(6);
  datagram.set([17, 7]);
  datagram.writeUInt32BE(session, 2);
  return datagram;
};

/** Runs the timers until `until`; times of everything sent. */
function advance({ session, sent }: ReturnType<typeof setUp>, from: number, until: number): number[] {
  const times: number[] = [];
  for (let now = from; ;) {
    times.push(...sent().map(() => now));
    const next = session.pollTimeout();
    if (next === undefined || next > until) return times;
    now = Math.max(now, next);
    session.handleTimeout(now);
  }
}

test("hello to every address, registration to the one whose cookie came first", () => {
  const s = setUp();
  s.session.handleAddresses([V4, V6], 0);
  assert.deepEqual(s.sent(), [], "without a ticket");
  s.session.handleTicket(s.ticket, 5);
  assert.deepEqual(s.events(), [{ type: "listen", addresses: [V4, V6] }]);
  const hellos = s.sent();
  assert.deepEqual(
    hellos.map(({ address: to, data }) => [to, data.length, data[1]]),
    [
      [V4, 96, 1],
      [V6, 96, 1],
    ],
  );
  const [toV4, toV6] = hellos;
  assert.ok(toV4 && toV6);
  s.session.handleDatagram(s.cookie(toV6), V4, 20);
  assert.deepEqual(s.sent(), [], "a cookie for another address");
  s.session.handleDatagram(s.cookie(toV6), V6, 20);
  s.session.handleDatagram(s.cookie(toV4), V4, 21);
  const [registration, ...more] = s.sent();
  assert.ok(registration);
  assert.deepEqual(more, []);
  assert.equal(registration.address, V6);
  const body = decodeRelayRegister(registration.data.subarray(34));
  const proof = { meshId: s.meshId, nodeKey: s.nodeKey, relayKey: keys.relay.publicKey };
  const nonce = registration.data.slice(2, 18);
  assert.ok(verifyRelayRegister({ ...proof, nonce }, COOKIE, body.signature));
  s.session.handleDatagram(s.answer(registration), V6, 40);
  assert.deepEqual(s.events(), [
    { type: "session", address: V6, session: 77 },
    { type: "observed", moved: false },
  ]);
  assert.equal(s.session.observed, US);
  assert.equal(s.session.pollTimeout(), 15_040);
});

test("an acceptance counts by the relay's signature, for our nonce, from where we registered", () => {
  const s = setUp();
  s.session.handleAddresses([V4], 0);
  s.session.handleTicket(s.ticket, 0);
  const [hello] = s.sent();
  assert.ok(hello);
  s.session.handleDatagram(s.cookie(hello), V4, 1);
  const [registration] = s.sent();
  assert.ok(registration);
  s.events();
  s.session.handleDatagram(s.answer(registration, "accepted", keys.node), V4, 2);
  s.session.handleDatagram(s.answer(registration), V6, 2);
  const otherNonce = { ...registration, data: registration.data.map((byte, i) => (i < 18 && i > 1 ? 0 : byte)) };
  s.session.handleDatagram(s.answer(otherNonce), V4, 2);
  assert.deepEqual(s.events(), []);
  s.session.handleDatagram(s.answer(registration), V4, 2);
  assert.equal(s.events()[0]?.type, "session");
});

test("requests are repeated at 250, 750 and 1750 ms; failures are followed by 1 s, 2 s, 4 s", () => {
  const s = setUp();
  s.session.handleAddresses([V4], 0);
  s.session.handleTicket(s.ticket, 0);
  assert.deepEqual(
    advance(s, 0, 18_000),
    [0, 250, 750, 1750, 4500, 4750, 5250, 6250, 10_000, 10_250, 10_750, 11_750, 17_500, 17_750],
  );
});

test("an address that gives cookies and no answers is left out next time", () => {
  const s = setUp();
  s.session.handleAddresses([V4, V6], 0);
  s.session.handleTicket(s.ticket, 0);
  const [hello] = s.sent();
  assert.ok(hello);
  s.session.handleDatagram(s.cookie(hello), V4, 0);
  assert.deepEqual(advance(s, 0, 4499), [0, 250, 750, 1750]);
  s.session.handleTimeout(4500);
  assert.deepEqual(
    s.sent().map(({ address: to }) => to),
    [V6],
  );
});

test("pinged after 15 s, then as the keepalive says; a pong without its ping is nothing; four without a pong end the session", () => {
  const s = setUp();
  s.session.handleAddresses([V4], 0);
  s.session.handleTicket(s.ticket, 0);
  s.register(0);
  s.events();
  s.session.handleTimeout(14_999);
  assert.deepEqual(s.sent(), []);
  s.session.handleTimeout(15_000);
  const [ping] = s.sent();
  assert.ok(ping);
  assert.equal(ping.data.length, 32);
  s.session.handleDatagram(pong(ping, "198.51.100.7:5"), V4, 15_030);
  assert.deepEqual(s.events(), [{ type: "observed", moved: true }]);
  assert.equal(s.session.observed, "198.51.100.7:5");
  s.session.handleDatagram(pong(ping, "198.51.100.7:6"), V4, 15_031);
  assert.deepEqual(s.events(), []);
  assert.deepEqual(advance(s, 15_031, 37_999), [35_000, 35_500, 36_000, 37_000]);
  s.session.handleTimeout(38_000);
  assert.deepEqual(s.events(), [{ type: "lost", address: V4, reason: "the relay does not answer" }]);
  assert.equal(s.sent()[0]?.data[1], 1, "greets again at once");
});

test("another keepalive counts from the last ping", () => {
  const s = setUp(45_000);
  s.session.handleAddresses([V4], 0);
  s.session.handleTicket(s.ticket, 0);
  s.register(0);
  s.session.handleTimeout(15_000);
  const [ping] = s.sent();
  assert.ok(ping);
  s.session.handleDatagram(pong(ping, "198.51.100.7:5"), V4, 15_030);
  assert.equal(s.session.pollTimeout(), 60_000);
  s.session.handleKeepalive(22_500, 30_000);
  assert.deepEqual(s.sent(), []);
  assert.equal(s.session.pollTimeout(), 37_500);
  s.session.handleKeepalive(15_000, 35_000);
  assert.equal(s.sent().length, 1, "it is late already");
});

test("a relay that knows nothing of the session is greeted at once, but not for ever", () => {
  const s = setUp();
  s.session.handleAddresses([V4], 0);
  s.session.handleTicket(s.ticket, 0);
  s.register(0);
  s.events();
  s.session.handleDatagram(unknownSession(78), V4, 10);
  s.session.handleDatagram(unknownSession(77), V6, 10);
  assert.deepEqual(s.events(), []);
  s.session.handleDatagram(unknownSession(77), V4, 10);
  assert.equal(s.events()[0]?.type, "lost");
  s.register(20);
  s.session.handleDatagram(unknownSession(77), V4, 30);
  assert.deepEqual(s.sent(), []);
  assert.equal(s.session.pollTimeout(), 2030);
});

test("in doubt the relay is asked at once: 1.5 s instead of 3", () => {
  const s = setUp();
  s.session.handleAddresses([V4], 0);
  s.session.handleTicket(s.ticket, 0);
  s.register(0);
  s.events();
  s.session.handleSuspicion(1000);
  assert.deepEqual(advance(s, 1000, 2499), [1000, 1200, 1500, 2000]);
  s.session.handleSuspicion(2499);
  s.session.handleTimeout(2500);
  assert.equal(s.events()[0]?.type, "lost");
});

test("a refusal waits for a new ticket or a minute", () => {
  const s = setUp();
  s.session.handleAddresses([V4], 0);
  s.session.handleTicket(s.ticket, 0);
  const refuse = (now: number) => {
    const [hello] = s.sent();
    assert.ok(hello);
    s.session.handleDatagram(s.cookie(hello), V4, now);
    const [registration] = s.sent();
    assert.ok(registration);
    s.session.handleDatagram(s.answer(registration, "expired"), V4, now);
  };
  s.events();
  refuse(10);
  assert.deepEqual(s.events(), [{ type: "refused", reason: "our ticket has expired" }]);
  assert.equal(s.session.pollTimeout(), 60_010);
  s.session.handleTicket(s.ticket, 100);
  refuse(110);
  assert.equal(s.session.pollTimeout(), 60_110);
});

test("a relay that moves is followed; one that only gains an address is not disturbed", () => {
  const s = setUp();
  s.session.handleAddresses([V4], 0);
  s.session.handleTicket(s.ticket, 0);
  s.register(0);
  s.events();
  s.session.handleAddresses([V4, V6], 100);
  assert.deepEqual(s.events(), [{ type: "listen", addresses: [V4, V6] }]);
  s.session.handleAddresses([V6], 200);
  assert.deepEqual(s.events(), [
    { type: "listen", addresses: [V6] },
    { type: "lost", address: V4, reason: "the relay moved" },
  ]);
  assert.equal(s.sent()[0]?.address, V6);
});

test("arbitrary relay control never throws", () => {
  const types = fc.tuple(fc.constant(17), fc.integer({ min: 0, max: 9 }));
  fc.assert(
    fc.property(types, fc.uint8Array({ maxLength: 300 }), (head, body) => {
      decodeFromRelay(new Uint8Array([...head, ...body]));
      decodeFromRelay(body);
    }),
    { numRuns: 1000 },
  );
});
