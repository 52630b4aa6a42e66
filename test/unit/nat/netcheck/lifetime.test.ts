// The search for a mapping's lifetime, in simulated networks.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  keepaliveMs,
  type LifetimeEvent,
  LifetimeMachine,
  type MappingLifetime,
  type MeasuredNetwork,
} from "../../../../src/nat/netcheck/index.ts";
import { formatSocketAddress, type SocketAddress, splitSocketAddress } from "../../../../src/protocol/index.ts";
import { Nat, type NatBehaviour } from "../../../sim/nat.ts";
import { seededRandom } from "../../../sim/random.ts";
import { answerStun, refusal } from "./stun-server.ts";

const LAN_IP = "192.168.1.10";
const MAIN_PORT = 41641;
const [SERVER, OTHER_SERVER] = [formatSocketAddress("203.0.113.1", 443), formatSocketAddress("203.0.113.2", 443)];
const ONE_WAY_MS = 10;
const HOUR_MS = 3_600_000;

const HOME: NatBehaviour = {
  mapping: "endpoint-independent",
  filtering: "address-and-port-dependent",
  allocation: "random",
  hairpin: false,
  timeoutMs: 61_000,
};

interface Trouble {
  /** Servers that do not know RESPONSE-PORT. */
  readonly old?: readonly SocketAddress[];
  /** Whether the network works at that time. */
  readonly works?: (now: number) => boolean;
  /** Whether sockets can be had. */
  readonly sockets?: boolean;
  readonly servers?: readonly SocketAddress[];
}

class World {
  now = 0;
  readonly random = seededRandom(3);
  readonly machine = new LifetimeMachine((length) => this.random.bytes(length));
  readonly nat: Nat;
  readonly trouble: Trouble;
  readonly events: LifetimeEvent[] = [];
  sent = 0;
  /** Local port of the silent socket. */
  open: number | undefined;
  readonly #queue: { at: number; run: () => void }[] = [];

  constructor(behaviour: Partial<NatBehaviour> = {}, trouble: Trouble = {}) {
    this.nat = new Nat({ ...HOME, ...behaviour }, "198.51.100.7", this.random);
    this.trouble = trouble;
  }

  join(remembered?: MeasuredNetwork["remembered"]): this {
    const servers = this.trouble.servers ?? [SERVER];
    this.machine.handleNetwork({ servers, remembered }, this.now);
    return this;
  }

  run(ms: number): this {
    const end = this.now + ms;
    for (;;) {
      this.#carryOut();
      const [next] = this.#queue.sort((a, b) => a.at - b.at);
      const timeout = this.machine.pollTimeout() ?? Infinity;
      const at = Math.min(next?.at ?? Infinity, timeout);
      if (at > end) break;
      assert.ok(at >= this.now, "no timer in the past");
      this.now = at;
      if (next !== undefined && next.at <= timeout) {
        this.#queue.shift();
        next.run();
      } else this.machine.handleTimeout(at);
    }
    this.now = end;
    return this;
  }

  #carryOut(): void {
    for (let next = this.machine.pollTransmit(); next !== undefined; next = this.machine.pollTransmit()) {
      if (next.kind === "open") {
        assert.equal(this.open, undefined, "one socket at a time");
        const opened = this.trouble.sockets ?? true;
        if (opened) this.open = this.random.integer(32_768, 60_999);
        this.#later(1, () => this.machine.handleSocket(opened, this.now));
      } else if (next.kind === "close") this.open = undefined;
      else this.#send(next.data, next.socket === 0 ? MAIN_PORT : this.open, next.address);
    }
    for (let event = this.machine.pollEvent(); event !== undefined; event = this.machine.pollEvent()) {
      this.events.push(event);
    }
  }

  #send(data: Uint8Array, port: number | undefined, server: SocketAddress): void {
    this.sent += 1;
    assert.ok(port !== undefined, "nothing is sent by a socket that is closed");
    const source = this.nat.outbound(formatSocketAddress(LAN_IP, port), server, this.now);
    if (source === undefined || this.trouble.works?.(this.now) === false) return;
    this.#later(ONE_WAY_MS, () => {
      const isOld = data.length > 20 && this.trouble.old?.includes(server) === true;
      const answer = isOld
        ? { data: refusal(data), from: server, to: source }
        : answerStun({ data, source, server, servers: [SERVER, OTHER_SERVER] });
      if (answer !== undefined) this.#later(ONE_WAY_MS, () => this.#arrive(answer));
    });
  }

  #arrive({ data, from, to }: { data: Uint8Array; from: SocketAddress; to: SocketAddress }): void {
    const inside = this.nat.inbound(from, to, this.now);
    if (inside === undefined) return;
    const { port } = splitSocketAddress(inside);
    if (port === MAIN_PORT) this.machine.handleDatagram(0, data, from, this.now);
    else if (port === this.open) this.machine.handleDatagram(1, data, from, this.now);
  }

  #later(delayMs: number, run: () => void): void {
    this.#queue.push({ at: this.now + delayMs, run });
  }
}

const seconds = ({ survivedMs, diedMs }: MappingLifetime): readonly (number | undefined)[] => [
  survivedMs / 1000,
  diedMs === undefined ? undefined : diedMs / 1000,
];

test("finds between which steps a mapping dies, whatever the NAT does otherwise", () => {
  const cases = [
    [10, 0, 20],
    [20.1, 20, 30],
    [30.1, 30, 45],
    [59, 45, 60],
    [61, 60, 90],
    [119, 90, 120],
    [3600, 120, undefined],
  ] as const;
  for (const mapping of ["none", "endpoint-independent", "address-and-port-dependent"] as const) {
    for (const filtering of ["endpoint-independent", "address-and-port-dependent"] as const) {
      for (const [lifetime, survived, died] of cases) {
        const world = new World({ mapping, filtering, timeoutMs: lifetime * 1000 }).join().run(400_000);
        const last = world.events.at(-1);
        assert.ok(last?.lifetime !== undefined && last.isFinal);
        // A public host without a firewall has nothing that could die.
        const isOpen = mapping === "none" && filtering === "endpoint-independent";
        const expected = isOpen ? [120, undefined] : [survived, died];
        assert.deepEqual(seconds(last.lifetime), expected, `${mapping}, ${filtering}, ${String(lifetime)} s`);
        assert.equal(world.open, undefined);
        // What goes unanswered is sent three times.
        assert.ok(world.sent <= 3 * 4 + 2 * 3, `${String(world.sent)} packets`);
      }
    }
  }
});

test("is content for half a day, then looks again", () => {
  const world = new World().join().run(400_000);
  const { sent } = world;
  world.run(10 * HOUR_MS);
  assert.equal(world.sent, sent);
  world.events.length = 0;
  world.run(4 * HOUR_MS);
  assert.ok(world.sent > sent);
  assert.deepEqual(
    world.events.map(({ lifetime, isFinal }) => [lifetime && seconds(lifetime), isFinal]),
    [[[60, 90], true]],
    "nothing is forgotten meanwhile",
  );
});

test("a network that is known is not measured before its time", () => {
  const lifetime = { survivedMs: 30_000, diedMs: 45_000 };
  const world = new World().join({ lifetime, ageMs: 11 * HOUR_MS });
  assert.deepEqual(world.machine.lifetime, lifetime);
  world.run(HOUR_MS - 1);
  assert.equal(world.sent, 0);
  world.run(600_000);
  assert.deepEqual(world.machine.lifetime, { survivedMs: 60_000, diedMs: 90_000 });
});

test("worse than remembered is believed at once", () => {
  const lifetime = { survivedMs: 120_000, diedMs: undefined };
  const world = new World({ timeoutMs: 25_000 }).join({ lifetime, ageMs: 12 * HOUR_MS }).run(70_000);
  assert.deepEqual(world.events.at(-1), { lifetime: { survivedMs: 0, diedMs: 45_000 }, isFinal: false });
});

test("servers that do not answer elsewhere leave it unknown, another one is asked", () => {
  const unknown = new World({}, { old: [SERVER] }).join().run(24 * HOUR_MS);
  assert.deepEqual(unknown.events, []);
  assert.ok(unknown.sent <= 10 * 4, `${String(unknown.sent)} packets in a day`);
  const servers = [SERVER, OTHER_SERVER];
  const world = new World({}, { old: [SERVER], servers }).join().run(HOUR_MS);
  assert.deepEqual(world.events.at(-1)?.lifetime, { survivedMs: 60_000, diedMs: 90_000 });
});

test("a network that fails is not a mapping that died", () => {
  // The first trial lasts 45 s and is asked about after the network went.
  const world = new World({}, { works: (now) => now < 40_000 || now > 120_000 }).join().run(200_000);
  assert.equal(world.events.length, 0);
  world.run(HOUR_MS);
  assert.deepEqual(world.events.at(-1)?.lifetime, { survivedMs: 60_000, diedMs: 90_000 });
  assert.deepEqual(new World({}, { sockets: false }).join().run(HOUR_MS).events, []);
});

test("a change of the network throws away what is under way, and its socket", () => {
  const world = new World().join().run(30_000);
  assert.notEqual(world.open, undefined);
  world.machine.handleNetworkChange(world.now);
  world.run(1);
  assert.equal(world.open, undefined);
  world.run(400_000);
  assert.equal(world.events.at(-1)?.isFinal, true);
  world.machine.handleNetwork(undefined, world.now);
  const { sent } = world;
  world.run(24 * HOUR_MS);
  assert.equal(world.sent, sent);
  assert.deepEqual(world.events.at(-1), { lifetime: undefined, isFinal: false });
});

test("doubt takes back what is known, and measures anew", () => {
  const world = new World({ timeoutMs: 200_000 }).join().run(400_000);
  assert.equal(keepaliveMs(world.machine.lifetime), 45_000);
  world.machine.handleDoubt(world.now);
  assert.equal(keepaliveMs(world.machine.lifetime), 15_000);
  world.run(400_000);
  assert.equal(keepaliveMs(world.machine.lifetime), 45_000);
});

test("the keepalive beats the lifetime, and is never more often than every 15 s", () => {
  const of = (survivedMs: number) => keepaliveMs({ survivedMs, diedMs: undefined });
  assert.deepEqual(
    [0, 20_000, 30_000, 45_000, 60_000, 120_000].map(of),
    [15_000, 15_000, 22_500, 33_750, 45_000, 45_000],
  );
  assert.equal(keepaliveMs(undefined), 15_000);
});
