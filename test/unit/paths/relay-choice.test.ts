import assert from "node:assert/strict";
import { test } from "node:test";
import { RelayChoice } from "../../../src/paths/relay-choice.ts";
import { formatSocketAddress, type SocketAddress } from "../../../src/protocol/address.ts";

/** A choice among relays, each with one address, whose answers take the round trip that the test says (undefined: none). */
class World {
  now = 0;
  hellos = 0;
  readonly rttMs = new Map<string, number | undefined>();
  readonly choice: RelayChoice;
  readonly offered = new Set<string>();
  own = "";
  #nonce = 0;
  readonly #answers: { readonly at: number; readonly from: SocketAddress; readonly data: Uint8Array }[] = [];

  constructor(rttMs: Readonly<Record<string, number>>) {
    this.choice = new RelayChoice((length) => Buffer.alloc(length, 0).fill(`${this.#nonce++}-`));
    for (const [name, rtt] of Object.entries(rttMs)) this.rttMs.set(name, rtt);
    this.tell();
  }

  tell(): void {
    const relays = [...this.rttMs.keys()].map((name) => ({
      name,
      addresses: [addressOf(name)],
      away: false,
      offered: this.offered.has(name),
      own: this.own === name,
    }));
    this.choice.handleRelays(relays, this.now);
  }

  live(name: string, isLive = true): void {
    this.choice.handleSession(name, isLive, this.now);
  }

  run(ms: number): void {
    const end = this.now + ms;
    for (; this.now <= end; this.now++) {
      for (const answer of this.#answers.filter(({ at }) => at === this.now)) {
        this.choice.handleDatagram(answer.data, answer.from, this.now);
      }
      if ((this.choice.pollTimeout() ?? Infinity) <= this.now) this.choice.handleTimeout(this.now);
      for (let next = this.choice.pollTransmit(); next !== undefined; next = this.choice.pollTransmit()) {
        this.hellos++;
        const [name = ""] = [...this.rttMs.keys()].filter((each) => addressOf(each) === next.address);
        const rtt = this.rttMs.get(name);
        if (rtt === undefined) continue;
        const data = Buffer.concat([Uint8Array.of(17, 2), next.data.subarray(2, 18), new Uint8Array(16)]);
        this.#answers.push({ at: this.now + rtt, from: next.address, data });
      }
    }
  }
}

function addressOf(name: string): SocketAddress {
  return formatSocketAddress(`203.0.113.${String(name.charCodeAt(0))}`, 443);
}

const MINUTES = 60_000;

void test("one relay is not measured", () => {
  const world = new World({ a: 10 });
  world.run(20 * MINUTES);
  assert.deepEqual([world.hellos, world.choice.sessions], [0, ["a"]]);
});

void test("of many only the nearest are asked often", () => {
  const names = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
  const world = new World(Object.fromEntries(names.map((name, i) => [name, 30 + 20 * i])));
  for (const name of ["a", "b"]) world.live(name);
  const hellosIn = (ms: number) => {
    const before = world.hellos;
    world.run(ms);
    return world.hellos - before;
  };
  assert.equal(hellosIn(2000), 3 * 10);
  assert.equal(hellosIn(50 * MINUTES), 9 * 3 * 4);
  assert.equal(world.choice.rttMs("j"), 210, "what is not asked is not forgotten");
  world.rttMs.set("j", 1);
  world.run(20 * MINUTES);
  world.live("j");
  assert.equal(world.choice.home, "j", "found within the hour");
  world.live("b", false);
  assert.equal(hellosIn(20_000), 3 * 10, "a loss asks all");
});

void test("news of the netmap during a round cost it nothing", () => {
  const world = new World({ a: 90, b: 20 });
  for (const name of ["a", "b"]) world.live(name);
  for (let i = 0; i < 20; i++) {
    world.run(100);
    world.tell();
  }
  assert.deepEqual([world.choice.rttMs("a"), world.choice.rttMs("b"), world.choice.home], [90, 20, "b"]);
});

void test("the nearest becomes home at once, the next is the standby", () => {
  const world = new World({ a: 90, b: 20, c: 40 });
  world.live("a");
  assert.equal(world.choice.home, "a");
  world.run(2000);
  assert.deepEqual(world.choice.sessions, ["b", "c"]);
  world.live("b");
  assert.equal(world.choice.home, "b");
});

void test("a home is left for a clearly nearer one only, and only after two rounds", () => {
  const world = new World({ a: 50, b: 60 });
  for (const name of ["a", "b"]) world.live(name);
  world.run(2000);
  world.rttMs.set("b", 42);
  world.run(20 * MINUTES);
  assert.equal(world.choice.home, "a", "8 ms are no reason");
  world.rttMs.set("b", 20);
  for (const before = world.hellos; world.hellos === before;) world.run(1000);
  world.run(2000);
  world.rttMs.set("b", 60);
  world.run(1 * MINUTES);
  assert.equal(world.choice.home, "a", "one round is no reason");
  world.rttMs.set("b", 20);
  world.run(6 * MINUTES);
  assert.equal(world.choice.home, "b");
});

void test("a lost home is left at once", () => {
  const world = new World({ a: 10, b: 60, c: 70 });
  for (const name of ["a", "b"]) world.live(name);
  world.run(2000);
  world.rttMs.set("a", undefined);
  world.live("a", false);
  assert.equal(world.choice.home, "b");
  world.run(20_000);
  assert.deepEqual(world.choice.sessions, ["b", "c"]);
});

void test("homes of peers are added as long as they are wanted; measuring costs a few packets in five minutes", () => {
  const world = new World({ a: 10, b: 20, c: 200 });
  world.choice.handleWanted(["c", "gone"]);
  world.run(2000);
  assert.deepEqual(world.choice.sessions, ["a", "b", "c"]);
  world.choice.handleWanted([]);
  assert.deepEqual(world.choice.sessions, ["a", "b"]);
  const before = world.hellos;
  world.live("a");
  world.run(60 * MINUTES);
  assert.ok(world.hellos - before <= 12 * 9, String(world.hellos - before));
});

void test("beside a member's relay the standby is one that no member offers", () => {
  const world = new World({ a: 90, b: 10, c: 20 });
  world.offered.add("b").add("c");
  world.tell();
  world.run(2000);
  assert.deepEqual([...world.choice.sessions], ["b", "a"]);
  world.live("b");
  assert.equal(world.choice.home, "b");
  world.rttMs.delete("a");
  world.tell();
  assert.deepEqual([...world.choice.sessions], ["b", "c"]);
});

void test("a node's own relay is its last resort, and a session for peers who are there", () => {
  const world = new World({ a: 90, b: 1, c: 100 });
  world.offered.add("b");
  world.own = "b";
  world.tell();
  world.run(2000);
  assert.deepEqual([...world.choice.sessions], ["a", "c"]);
  world.choice.handleWanted(["b"]);
  assert.deepEqual([...world.choice.sessions], ["a", "c", "b"]);
  world.rttMs.delete("c");
  world.tell();
  world.choice.handleWanted([]);
  assert.deepEqual([...world.choice.sessions], ["a", "b"]);
});

void test("a nearer relay is told as home once it has taken us in, not when it says hello", () => {
  const world = new World({ a: 90 });
  world.live("a");
  world.rttMs.set("b", 10);
  world.offered.add("b");
  world.tell();
  world.run(2000);
  assert.deepEqual([[...world.choice.sessions], world.choice.home], [["b", "a"], "a"]);
  world.live("b");
  assert.equal(world.choice.home, "b");
  world.live("b", false);
  assert.equal(world.choice.home, "a");
});

void test("the nearest stays the choice while its session is being made, whatever becomes of others", () => {
  const world = new World({ a: 50, b: 90, c: 10 });
  for (const name of ["a", "b"]) world.live(name);
  world.run(2000);
  world.live("b", false);
  assert.deepEqual([world.choice.sessions[0], world.choice.home], ["c", "a"]);
  world.live("c");
  assert.equal(world.choice.home, "c");
});
