// What contacts cost: crowds, hopeless peers, hours of them, and silence.
import assert from "node:assert/strict";
import { splitSocketAddress } from "../../src/protocol/index.ts";
import { assertBackoff, assertBudgets, usesDirect } from "./assertions.ts";
import type { SimNode } from "./node.ts";
import { anyPair } from "./scenario.ts";
import { UDP_KINDS } from "./sites.ts";
import { CLEAN, type World } from "./world.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const LEAST_KEEPALIVE_MS = 15_000;
/** connectivity.md: exponential backoff to one in hours. */
const LONGEST_PAUSE_MS = 2 * HOUR_MS;
/** A cheap attempt in a minute: seven pings to each of a handful of addresses, by both. */
const CHEAP_PROBES_PER_MINUTE = 60;
const BIRTHDAY_PROBES = 1100;

/** Idle after 60 s; what the other side asked for in its last second is over another 60 s later. */
export function idle(world: World) {
  const { nodes, kinds, what, isRough } = anyPair(world);
  const [a, b] = nodes;
  world.join(...nodes);
  world.run(10_000);
  assert.equal(probesOf(nodes), 0, `${what}: probed before any traffic`);
  world.traffic(a, b, 3000);
  world.run(130_000);
  const sent = () => [probesOf(nodes), ...world.surroundings.relays.map(({ forwarded }) => forwarded)].join();
  const before = sent();
  for (const { host } of nodes) host.ledger.keepsEverything = true;
  world.run(300_000);
  assert.equal(sent(), before, `${what}: sent something to or for an idle peer`);
  assert.equal(a.host.openSockets + b.host.openSockets, 0, `${what}: kept sockets for an idle peer`);
  // Where UDP is blocked, whether it still is is asked more often.
  const hasUdp = kinds.every((kind) => UDP_KINDS.includes(kind));
  for (const node of nodes) {
    if (isRough || !hasUdp) assertOnlyKeepalives(node, what);
    else assertQuiet(node, what);
  }
  const received = a.engineFor(b).received;
  world.traffic(b, a, 1500);
  assert.ok(a.engineFor(b).received > received, `${what}: not reached again from the other side`);
  return undefined;
}

export function idleForHours(world: World) {
  const { nodes, what } = anyPair(world);
  world.join(...nodes);
  world.run(30_000);
  for (const { host } of nodes) host.ledger.keepsEverything = true;
  world.run(2 * HOUR_MS);
  for (const node of nodes) assertOnlyKeepalives(node, what);
  return undefined;
}

export function idleMesh(world: World) {
  const nodes = Array.from({ length: 50 }, () => world.node(world.places("port-restricted", CLEAN)));
  world.join(...nodes);
  world.run(30_000);
  for (const { host } of nodes) host.ledger.keepsEverything = true;
  world.run(6 * HOUR_MS);
  for (const node of nodes) assertQuiet(node, "50 idle nodes");
  return undefined;
}

/** Everything is tried, nothing helps: what it costs is bounded. */
export function unreachable(world: World) {
  const [a, b] = [world.node(world.places("symmetric-random", CLEAN)), world.node(world.places("servers-only", CLEAN))];
  world.join(a, b);
  world.trickle(a, [b], 5 * MINUTE_MS, 5000);
  // Two birthday attempts, and the cheap attempts at 1, 2, 4 … 60 s.
  for (const node of [a, b]) {
    const spent = node.host.ledger.probes.length;
    assert.ok(spent < 2 * BIRTHDAY_PROBES + 500, `${node.name}: ${spent} packets in five minutes`);
  }
  assert.equal(a.host.openSockets, 0, "kept sockets");
  return undefined;
}

export function hopeless(world: World, count: number, ms: number) {
  const hub = world.node(world.places("symmetric-random", CLEAN));
  const peers = Array.from({ length: count }, () => world.node(world.places("servers-only", CLEAN)));
  world.joinHub(hub, peers);
  world.trickle(hub, peers, ms);
  assertBudgets(hub);
  assertBackoff(hub, LONGEST_PAUSE_MS);
  const attempts = hub.host.ledger.birthdays.length / count;
  // Two at once, then after 10, 20, 40 … minutes.
  const allowed = 3 + Math.log2(1 + ms / (10 * MINUTE_MS));
  assert.ok(attempts <= allowed, `${attempts} birthday attempts for each peer in ${ms / MINUTE_MS} minutes`);
  const cheap = (ms / MINUTE_MS + 10) * CHEAP_PROBES_PER_MINUTE;
  const spent = hub.host.ledger.probes.length / count;
  assert.ok(spent <= attempts * BIRTHDAY_PROBES + cheap, `${spent} probes for each peer in ${ms / MINUTE_MS} minutes`);
  world.run(130_000);
  const silent = hub.host.ledger.probes.length;
  world.run(HOUR_MS);
  assert.equal(hub.host.ledger.probes.length, silent, "goes on when nobody wants it any more");
  assert.equal(hub.host.openSockets, 0, "kept sockets");
  return undefined;
}

export function severalHardPeers(world: World) {
  const hub = world.node(world.places("port-restricted", CLEAN));
  const peers = Array.from({ length: 4 }, () => world.node(world.places("symmetric-random", CLEAN)));
  world.joinHub(hub, peers);
  world.trickle(hub, peers, 15_000, 1000);
  const direct = peers.filter((peer) => usesDirect(hub, peer)).length;
  assert.ok(direct >= 2, `${direct} of ${peers.length} hard peers are direct`);
  return undefined;
}

/** More contacts at once than the budget lets pass at once. */
export function crowd(world: World) {
  const hub = world.node(world.places("full-cone", CLEAN));
  const peers = Array.from({ length: 150 }, () => world.node(world.places("full-cone", CLEAN)));
  world.joinHub(hub, peers);
  for (const peer of peers) peer.sendTraffic(hub);
  for (const peer of peers) hub.sendTraffic(peer);
  world.run(1500);
  assertBudgets(hub);
  world.run(8000);
  const direct = peers.filter((peer) => usesDirect(hub, peer)).length;
  assert.equal(direct, peers.length, "everybody of the crowd is direct");
  return undefined;
}

// ---- silence

function probesOf(nodes: readonly SimNode[]): number {
  return nodes.reduce((sum, { host }) => sum + host.ledger.probes.length, 0);
}

/** Only relays and STUN servers hear of it. */
function assertOnlyKeepalives({ name, host }: SimNode, what: string): void {
  const allowed = ["stun", "relay-hello", "relay-register", "relay-ping"];
  for (const { kind, to } of host.ledger.everything) {
    assert.ok(allowed.includes(kind), `${what}: ${name} sent ${kind} to ${to} while idle`);
    const { ip } = splitSocketAddress(to);
    assert.ok(ip.startsWith("203.0.113.") || ip.startsWith("2001:db8:ffff::"), `${what}: ${name} sent to ${to}`);
  }
}

/** And on clean links never sooner than a mapping needs it. */
function assertQuiet(node: SimNode, what: string): void {
  assertOnlyKeepalives(node, what);
  const last = new Map<string, number>();
  for (const { at, to, kind } of node.host.ledger.everything) {
    if (kind === "relay-hello") continue;
    const gapMs = at - (last.get(`${kind} ${to}`) ?? -Infinity);
    assert.ok(gapMs >= LEAST_KEEPALIVE_MS, `${what}: ${node.name} sent ${kind} to ${to} after ${gapMs} ms`);
    last.set(`${kind} ${to}`, at);
  }
}
