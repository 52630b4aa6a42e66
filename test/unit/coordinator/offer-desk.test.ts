import assert from "node:assert/strict";
import { before, test } from "node:test";
import pino from "pino";
import { AWAY_GRACE_MS, OfferDesk } from "../../../src/coordinator/offer-desk.ts";
import { ObservedAddresses } from "../../../src/coordinator/observed-addresses.ts";
import { type OfferedRelays, openOfferedRelays } from "../../../src/coordinator/offered-relays.ts";
import { parseOverlayPrefix } from "../../../src/coordinator/prefixes.ts";
import type { RunningSession } from "../../../src/coordinator/session-runner.ts";
import { openMemoryStorage } from "../../../src/coordinator/storage/open.ts";
import type { Database } from "../../../src/coordinator/storage/schema.ts";
import { randomBytes, sodiumReady } from "../../../src/identity/index.ts";
import type { SocketAddress } from "../../../src/protocol/address.ts";
import type { RelayOfferAnswerMessage } from "../../../src/protocol/messages.ts";
import { type NodeKey, nodeKeyFromBytes } from "../../../src/protocol/node-key.ts";

before(sodiumReady);

const here = "203.0.113.7:4000" as SocketAddress;
const there = "203.0.113.8:4000" as SocketAddress;
const minutes = (count: number): number => count * 60_000;

interface BenchOptions {
  /** Of a desk before. */
  readonly db?: Database;
  readonly nodeKey?: NodeKey;
  readonly takesOffers?: boolean;
  /** Whether the node (still) is one. */
  readonly member?: boolean;
}

/** A desk, with one node, and relays that are reached as `reachable` says. */
class Bench {
  now = 0;
  reachable: readonly SocketAddress[] = [];
  readonly asked: (readonly SocketAddress[])[] = [];
  readonly answers: RelayOfferAnswerMessage[] = [];
  revocations = 0;
  readonly nodeKey: NodeKey;
  readonly running = this.session();
  readonly desk: OfferDesk;

  private constructor(store: OfferedRelays, { takesOffers = true, nodeKey, member = true }: BenchOptions) {
    this.nodeKey = nodeKey ?? nodeKeyFromBytes(randomBytes(32));
    const overlay = parseOverlayPrefix("100.64.0.0/10", 4);
    assert.ok("bytes" in overlay);
    this.desk = new OfferDesk({
      store,
      prove: takesOffers ? (_, addresses) => Promise.resolve(this.#prove(addresses)) : undefined,
      overlay: [overlay],
      hostnameOf: () => (member ? "laptop" : undefined),
      isRelayName: (name) => name === "laptop",
      tellRevocations: () => {
        this.revocations++;
      },
      log: pino({ enabled: false }),
      now: () => this.now,
      onChange: () => undefined,
    });
  }

  static async open(options: BenchOptions = {}): Promise<Bench> {
    const db = options.db ?? (await openMemoryStorage(0)).db;
    return new Bench(await openOfferedRelays(db), options);
  }

  session(): RunningSession {
    const session = { handleOfferAnswer: (answer: RelayOfferAnswerMessage) => void this.answers.push(answer) };
    return { session, pump: () => undefined } as unknown as RunningSession;
  }

  async offer(...addresses: readonly SocketAddress[]): Promise<void> {
    this.desk.handleOffer(this.running, this.nodeKey, addresses);
    await new Promise(setImmediate);
  }

  async wait(ms: number): Promise<void> {
    this.now += ms;
    this.desk.handleSweep();
    await new Promise(setImmediate);
  }

  get statuses(): readonly string[] {
    return this.answers.map(({ status }) => status);
  }

  get published() {
    return this.desk
      .entries()
      .map(({ relay, udpAddresses, away, offered }) => ({ relay, udpAddresses, away, offered }));
  }

  #prove(addresses: readonly SocketAddress[]): readonly SocketAddress[] {
    this.asked.push(addresses);
    return addresses.filter((address) => this.reachable.includes(address));
  }
}

void test("an offer is published where it was reached, under a name no other relay has", async () => {
  const bench = await Bench.open();
  bench.reachable = [here];
  await bench.offer(there, here, "127.0.0.1:4000" as SocketAddress, "100.64.0.1:4000" as SocketAddress);
  assert.deepEqual(bench.asked, [[there, here]]);
  assert.deepEqual(bench.statuses, ["checking", "accepted"]);
  assert.deepEqual(bench.published, [{ relay: "laptop-1", udpAddresses: [here], away: false, offered: true }]);
  assert.equal(bench.revocations, 1, "the relay hears of revocations before it is in the netmap");
  await bench.offer();
  assert.deepEqual(bench.published, []);
});

void test("what is not reached is not published, and tried again now and then", async () => {
  const bench = await Bench.open();
  await bench.offer(here);
  assert.deepEqual([bench.statuses, bench.published], [["checking", "unreachable"], []]);
  await bench.wait(minutes(0.5));
  assert.equal(bench.asked.length, 1);
  bench.reachable = [here];
  await bench.wait(minutes(0.5));
  assert.deepEqual([bench.asked.length, bench.published.length], [2, 1]);
});

void test("a relay that is reached no more goes after a second look", async () => {
  const bench = await Bench.open();
  bench.reachable = [here];
  await bench.offer(here);
  bench.reachable = [];
  await bench.wait(minutes(5));
  assert.equal(bench.published.length, 1);
  await bench.wait(15_000);
  assert.deepEqual([bench.published, bench.statuses.at(-1)], [[], "unreachable"]);
});

void test("who is away is marked, comes back as before, and is forgotten after a while", async () => {
  const bench = await Bench.open();
  bench.reachable = [here];
  await bench.offer(here);
  bench.desk.handleEnd(bench.running);
  assert.equal(bench.published[0]?.away, true);
  await bench.wait(AWAY_GRACE_MS - 1);
  await bench.offer(here);
  assert.deepEqual([bench.published.some(({ away }) => away), bench.asked.length], [false, 1]);
  bench.desk.handleEnd(bench.running);
  await bench.wait(AWAY_GRACE_MS);
  assert.deepEqual(bench.published, []);
});

/** A desk that took an offer, and what its successors find. */
async function offeredBefore() {
  const { db } = await openMemoryStorage(0);
  const bench = await Bench.open({ db });
  bench.reachable = [here];
  await bench.offer(here, there);
  const { nodeKey } = bench;
  const restart = (more: BenchOptions = {}) => Bench.open({ db, nodeKey, ...more });
  return { bench, restart };
}

const asBefore = { relay: "laptop-1", udpAddresses: [here], offered: true };

void test("after a restart an offer is there as before, marked away, and proven again once its member is back", async () => {
  const { restart } = await offeredBefore();
  const again = await restart();
  assert.deepEqual(again.published, [{ ...asBefore, away: true }]);
  await again.wait(AWAY_GRACE_MS - 1);
  assert.deepEqual(again.asked, [], "nobody is asked while the member is away");
  again.reachable = [here];
  await again.offer(here, there);
  assert.deepEqual([again.statuses[0], again.asked.length], ["accepted", 1]);
  assert.deepEqual(again.published, [{ ...asBefore, away: false }]);
});

void test("after a restart a relay that is reached no more goes after a second look, and for good", async () => {
  const { restart } = await offeredBefore();
  const again = await restart();
  await again.offer(here, there);
  assert.deepEqual([again.asked.length, again.published.length], [1, 1]);
  await again.wait(15_000);
  assert.deepEqual([again.published, again.statuses.at(-1)], [[], "unreachable"]);
  assert.deepEqual((await restart()).published, []);
});

void test("who stays away after a restart is forgotten", async () => {
  const { restart } = await offeredBefore();
  await (await restart()).wait(AWAY_GRACE_MS);
  assert.deepEqual((await restart()).published, []);
});

void test("what was withdrawn, or offered where nobody reached it, does not come back by a restart", async () => {
  const { bench, restart } = await offeredBefore();
  await bench.offer(there);
  assert.deepEqual((await restart()).published, []);
  bench.reachable = [there];
  await bench.wait(minutes(1));
  assert.deepEqual((await restart()).published, [{ ...asBefore, udpAddresses: [there], away: true }]);
  await bench.offer();
  assert.deepEqual((await restart()).published, []);
});

void test("after a restart nothing is left of a node that is no member, nor where the operator takes no offers", async () => {
  for (const change of [{ member: false }, { takesOffers: false }]) {
    const { restart } = await offeredBefore();
    assert.deepEqual((await restart(change)).published, []);
    await new Promise(setImmediate);
    assert.deepEqual((await restart()).published, []);
  }
});

void test("one that the operator refuses is told so and in nobody's netmap, over restarts, until it is allowed again", async () => {
  const { bench, restart } = await offeredBefore();
  const offer = bench.desk.find("laptop-1");
  assert.ok(offer?.isRefused === false);
  await bench.desk.refuse(offer);
  assert.deepEqual([bench.published, bench.statuses.at(-1)], [[], "refused"]);
  assert.equal(bench.desk.isTaken("laptop-1"), false, "its name is free");

  const again = await restart();
  again.reachable = [here];
  assert.deepEqual(again.desk.offers(), [
    { nodeKey: bench.nodeKey, name: "laptop-1", claimed: [], proven: [], isOnline: false, isRefused: true },
  ]);
  await again.offer(here);
  await again.wait(minutes(5));
  assert.deepEqual([again.published, again.statuses, again.asked], [[], ["refused"], []]);
  await again.offer();
  await again.offer(here);
  assert.equal(again.statuses.at(-1), "refused", "withdrawing it does not help");

  const refused = again.desk.find("laptop-1");
  assert.ok(refused?.isRefused === true);
  await again.desk.allow(refused);
  await new Promise(setImmediate);
  assert.deepEqual(again.statuses.slice(-2), ["checking", "accepted"]);
  assert.deepEqual(again.published, [{ ...asBefore, away: false }]);
  assert.equal((await restart()).published.length, 1);
});

void test("one that was never reached is refused by its node's name; a check that is under way changes nothing", async () => {
  const bench = await Bench.open();
  bench.reachable = [here];
  bench.desk.handleOffer(bench.running, bench.nodeKey, [here]);
  const offer = bench.desk.find("laptop");
  assert.ok(offer !== undefined);
  await bench.desk.refuse(offer);
  await new Promise(setImmediate);
  assert.deepEqual([bench.published, bench.statuses.at(-1)], [[], "refused"]);
  assert.equal(bench.desk.find("laptop")?.isRefused, true);
});

void test("a refusal ends with its node's membership", async () => {
  const { bench, restart } = await offeredBefore();
  const offer = bench.desk.find("laptop-1");
  assert.ok(offer !== undefined);
  await bench.desk.refuse(offer);
  assert.deepEqual((await restart({ member: false })).desk.offers(), []);
  await new Promise(setImmediate);
  assert.deepEqual((await restart()).desk.offers(), []);
});

void test("a member cannot have addresses tried without end", async () => {
  const bench = await Bench.open();
  for (let port = 1; port <= 50; port++) await bench.offer(`203.0.113.9:${port}` as SocketAddress);
  assert.equal(bench.asked.length, 4);
});

void test("an operator who takes none says so; so does one who has enough", async () => {
  const bench = await Bench.open({ takesOffers: false });
  await bench.offer(here);
  assert.deepEqual([bench.statuses, bench.asked], [["not-wanted"], []]);
  const full = await Bench.open();
  for (let count = 0; count < 32; count++) {
    full.desk.handleOffer(full.session(), nodeKeyFromBytes(randomBytes(32)), [here]);
  }
  await full.offer(here);
  assert.ok(full.statuses.includes("full"));
});

void test("addresses that servers saw: newest first, each once, four at most", () => {
  const observed = new ObservedAddresses();
  const node = nodeKeyFromBytes(randomBytes(32));
  assert.deepEqual(observed.of(node), []);
  for (const relay of ["a", "b", "c", "d", "e"]) observed.note(node, relay, `192.0.2.${relay.charCodeAt(0)}`);
  assert.deepEqual(observed.of(node), ["192.0.2.101", "192.0.2.100", "192.0.2.99", "192.0.2.98"]);
  observed.note(node, "b", "192.0.2.100");
  assert.deepEqual(observed.of(node), ["192.0.2.100", "192.0.2.101", "192.0.2.99"]);
  observed.forget(node);
  assert.deepEqual(observed.of(node), []);
});
