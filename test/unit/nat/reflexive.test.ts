import assert from "node:assert/strict";
import { test } from "node:test";
import { Reflexive, type ReflexiveEvent, type StunTransmit } from "../../../src/nat/index.ts";
import { ipBytes, parseSocketAddress, type SocketAddress, splitSocketAddress } from "../../../src/protocol/index.ts";

function address(text: string): SocketAddress {
  const parsed = parseSocketAddress(text);
  assert.ok(parsed !== undefined, text);
  return parsed;
}
const [FIRST, SECOND, THIRD, SIXTH] = [
  address("203.0.113.1:3478"),
  address("203.0.113.2:3478"),
  address("203.0.113.3:3478"),
  address("[2001:db8::1]:3478"),
];
const [MAPPED, OTHER] = [address("198.51.100.7:4000"), address("198.51.100.7:4001")];

function machine() {
  let counter = 0;
  const reflexive = new Reflexive({
    random: (length) => new Uint8Array(length).fill(++counter),
    localPort: () => 41641,
  });
  return {
    reflexive,
    sent: () => drain(() => reflexive.pollTransmit()),
    events: () => drain(() => reflexive.pollEvent()),
  };
}

function drain<Item>(poll: () => Item | undefined): Item[] {
  const items: Item[] = [];
  for (let item = poll(); item !== undefined; item = poll()) items.push(item);
  return items;
}

function answer(to: StunTransmit, mapped: SocketAddress): Uint8Array {
  const { ip, port } = splitSocketAddress(mapped);
  const mask = to.data.subarray(4, 20);
  const bytes = ipBytes(ip);
  const attribute = Buffer.alloc(8 + bytes.length);
  attribute.writeUInt16BE(0x20, 0);
  attribute.writeUInt16BE(4 + bytes.length, 2);
  attribute[5] = bytes.length === 4 ? 1 : 2;
  attribute.writeUInt16BE(port ^ 0x2112, 6);
  attribute.set(
    bytes.map((byte, i) => byte ^ (mask[i] ?? 0)),
    8,
  );
  return Buffer.concat([Buffer.from([1, 1, 0, attribute.length]), mask, attribute]);
}

/** Runs timers until `until`, collecting what is sent and when. */
function advance(m: ReturnType<typeof machine>, from: number, until: number) {
  const sent: { at: number; to: SocketAddress }[] = [];
  for (let now = from; ;) {
    for (const { address: to } of m.sent()) sent.push({ at: now, to });
    const next = m.reflexive.pollTimeout();
    if (next === undefined || next > until) return sent;
    now = Math.max(now, next);
    m.reflexive.handleTimeout(now);
  }
}

function only<Item>(items: readonly Item[]): Item {
  assert.equal(items.length, 1);
  const [item] = items;
  assert.ok(item !== undefined);
  return item;
}

test("two servers are asked at once, and again at 200, 600 and 1400 ms; then the round has failed", () => {
  const m = machine();
  m.reflexive.handleServers([FIRST, SECOND, THIRD], 0);
  const sent = advance(m, 0, 2999);
  assert.deepEqual(
    sent.map(({ at }) => at),
    [0, 0, 200, 200, 600, 600, 1400, 1400],
  );
  assert.deepEqual(new Set(sent.map(({ to }) => to)), new Set([FIRST, SECOND]));
  assert.equal(m.reflexive.pollTimeout(), 3000);
  // One second later the servers after those are asked.
  const next = advance(m, 2999, 4000).map(({ to }) => to);
  assert.deepEqual(next, [THIRD, FIRST]);
});

test("the first answer is told at once, the second one only shows how the NAT maps", () => {
  const m = machine();
  m.reflexive.handleServers([FIRST, SECOND], 0);
  const [first, second] = m.sent();
  assert.ok(first && second);
  m.reflexive.handleDatagram(answer(second, MAPPED), SECOND, 30);
  assert.deepEqual(m.events(), [{ type: "reflexive", family: 4, address: MAPPED }]);
  m.reflexive.handleDatagram(answer(first, MAPPED), FIRST, 40);
  assert.deepEqual(m.events(), [{ type: "profile", family: 4, profile: m.reflexive.profile(4) }]);
  assert.deepEqual(m.reflexive.addresses(), [MAPPED]);
  const { mapping, allocation } = m.reflexive.profile(4);
  assert.deepEqual({ mapping, allocation }, { mapping: "endpoint-independent", allocation: "unknown" });
});

test("a NAT that maps per destination: a hint, and one address as long as it is seen", () => {
  const m = machine();
  const events: ReflexiveEvent[] = [];
  const round = (now: number, order: readonly number[]) => {
    const queries = m.sent();
    const answers = [
      [FIRST, MAPPED],
      [SECOND, OTHER],
    ] as const;
    for (const i of order) {
      const [query, seen] = [queries[i], answers[i]];
      assert.ok(query && seen);
      m.reflexive.handleDatagram(answer(query, seen[1]), seen[0], now);
    }
    events.push(...m.events());
  };
  m.reflexive.handleActivity(true, 0);
  m.reflexive.handleServers([FIRST, SECOND], 0);
  round(20, [0, 1]);
  m.reflexive.handleTimeout(25_020);
  round(25_040, [1, 0]);
  const samples = [
    { server: FIRST, mapped: MAPPED },
    { server: SECOND, mapped: OTHER },
  ];
  assert.deepEqual(events, [
    { type: "reflexive", family: 4, address: MAPPED },
    { type: "profile", family: 4, profile: { mapping: "dependent", allocation: "sequential", step: 1, samples } },
  ]);
});

test("answers count from the server asked, to the transaction asked, once, of the family asked", () => {
  const m = machine();
  m.reflexive.handleServers([FIRST], 0);
  const query = only(m.sent());
  m.reflexive.handleDatagram(answer(query, MAPPED), SECOND, 1);
  m.reflexive.handleDatagram(answer({ ...query, data: query.data.map((b, i) => (i > 8 ? 0 : b)) }, MAPPED), FIRST, 1);
  m.reflexive.handleDatagram(answer(query, address("[2001:db8::7]:1")), FIRST, 1);
  m.reflexive.handleDatagram(query.data, FIRST, 1);
  assert.deepEqual(m.events(), []);
  m.reflexive.handleDatagram(answer(query, MAPPED), FIRST, 2);
  m.reflexive.handleDatagram(answer(query, OTHER), FIRST, 3);
  assert.deepEqual(m.events(), [{ type: "reflexive", family: 4, address: MAPPED }]);
});

test("refreshed every 25 s while a peer is active, every ten minutes otherwise, at once when the network changes", () => {
  const m = machine();
  const settle = (now: number) => {
    const query = only(m.sent());
    m.reflexive.handleDatagram(answer(query, MAPPED), FIRST, now);
  };
  m.reflexive.handleServers([FIRST], 0);
  settle(10);
  assert.equal(m.reflexive.pollTimeout(), 600_010);
  m.reflexive.handleActivity(true, 20_000);
  assert.equal(m.reflexive.pollTimeout(), 25_000);
  m.reflexive.handleTimeout(25_000);
  settle(25_010);
  m.reflexive.handleNetworkChange(26_000);
  settle(26_010);
  m.reflexive.handleActivity(false, 27_000);
  assert.equal(m.reflexive.pollTimeout(), 626_000);
  // A burst of changes is one round each 200 ms.
  m.reflexive.handleNetworkChange(30_000);
  assert.equal(m.sent().length, 1);
  m.reflexive.handleNetworkChange(30_001);
  assert.equal(m.sent().length, 0);
  assert.equal(m.reflexive.pollTimeout(), 30_200);
});

test("an address that no server sees any more is void; families go their own ways", () => {
  const m = machine();
  m.reflexive.handleActivity(true, 0);
  m.reflexive.handleServers([FIRST, SIXTH], 0);
  const [four, six] = m.sent();
  assert.ok(four && six);
  m.reflexive.handleDatagram(answer(four, MAPPED), FIRST, 5);
  m.reflexive.handleDatagram(answer(six, address("[2001:db8::7]:5")), SIXTH, 5);
  assert.deepEqual(m.reflexive.addresses(), [MAPPED, "[2001:db8::7]:5"]);
  m.events();
  m.reflexive.handleTimeout(25_005);
  const six2 = m.sent().find(({ address: to }) => to === SIXTH);
  assert.ok(six2);
  m.reflexive.handleDatagram(answer(six2, address("[2001:db8::7]:5")), SIXTH, 25_010);
  advance(m, 25_010, 28_100);
  assert.deepEqual(m.events(), [{ type: "lost", family: 4 }]);
  m.reflexive.handleServers([], 29_000);
  assert.deepEqual(m.events(), [{ type: "lost", family: 6 }]);
  assert.equal(m.reflexive.pollTimeout(), undefined);
});
