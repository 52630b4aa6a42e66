// Relays: which is home, what becomes of traffic when one dies.
import assert from "node:assert/strict";
import { assertFlows, meet, stayCalm } from "./assertions.ts";
import { anyPair } from "./scenario.ts";
import { HARD_KINDS, SITE_KINDS, UDP_KINDS } from "./sites.ts";
import { CLEAN, type World } from "./world.ts";

const BACK_MS = 2000;
/** Who sends learns at once that the relay does not know the session, who only listens by its next echo. */
const STRANGER_MS = 1600;
const MINUTE_MS = 60_000;

export function relayRestart(world: World) {
  const { nodes, what, isRough } = anyPair(world, HARD_KINDS);
  const [a, b] = nodes;
  world.join(...nodes);
  world.traffic(a, b, 2000);
  for (const relay of world.surroundings.relays) relay.restart();
  assertFlows(world, a, b, `${what}, relays restarted`, isRough ? BACK_MS : STRANGER_MS);
  return undefined;
}

/** The standby takes over; a direct path does not care. */
export function relayDeath(world: World) {
  const { nodes, what, expectation, isRough } = anyPair(world);
  const [a, b] = nodes;
  world.join(...nodes);
  const luck = meet(world, nodes, what, expectation);
  const home = world.random.pick(nodes).homeRelay;
  const wasDirect = a.pathTo(b) === "direct" && b.pathTo(a) === "direct";
  const changes = a.engineFor(b).changes.length;
  world.journal.note("", () => `${home} dies`);
  world.relay(home).die();
  assertFlows(world, a, b, `${what}, ${home} died`, BACK_MS);
  if (wasDirect && !isRough) assert.equal(a.engineFor(b).changes.length, changes, `${what}: a direct path cares`);
  const isHomeless = () => nodes.some((node) => node.homeRelay === home);
  if (!wasDirect && !isRough) assert.ok(!isHomeless(), `${what}: a relay that died under traffic is still home`);
  world.traffic(a, b, 20_000);
  for (const node of nodes) assert.notEqual(node.homeRelay, home, `${what}: a dead relay is home`);
  world.journal.note("", () => `${home} is back`);
  world.relay(home).comeBack();
  stayCalm(world, a, b, `${what}, ${home} back`, 90_000);
  return luck;
}

/** The nearest is home, and stays; when it comes back, it is home again, in its time. */
export function homeRelay(world: World) {
  const link = { ...CLEAN, jitterMs: world.random.integer(0, 8) };
  const node = world.node(world.places(world.random.pick(UDP_KINDS), link));
  world.join(node);
  world.run(4000);
  assert.equal(node.homeRelay, "relay-2", "the nearest is home");
  assertStays(world, 20 * MINUTE_MS, () => node.homeRelay);
  world.relay("relay-2").die();
  world.run(30_000);
  assert.equal(node.homeRelay, "relay-3", "the next is home when the nearest died");
  world.relay("relay-2").comeBack();
  world.run(15 * MINUTE_MS);
  assert.equal(node.homeRelay, "relay-2", "the nearest is home again");
  assertStays(world, 20 * MINUTE_MS, () => node.homeRelay);
  return undefined;
}

/** Two regions, each with its relay; the two nodes meet over them. */
export function regions(world: World) {
  const { nodes, what, expectation } = anyPair(world, UDP_KINDS);
  const [a, b] = nodes;
  world.farFrom(a, "relay-2", 60);
  world.farFrom(b, "relay-1", 60);
  world.join(...nodes);
  world.run(4000);
  assert.deepEqual([a.homeRelay, b.homeRelay], ["relay-1", "relay-2"], `${what}: homes`);
  const luck = meet(world, nodes, what, expectation);
  stayCalm(world, a, b, what, 40_000);
  return luck;
}

/** A proxy cuts what is at rest: a session is kept from being that, and is there when it is needed. */
export function behindProxy(world: World) {
  const { nodes, what, expectation } = anyPair(world, ["http-proxy-only"], SITE_KINDS, false);
  const [a, b] = nodes;
  world.join(...nodes);
  world.run(world.random.integer(2, 10) * MINUTE_MS);
  assert.ok(a.host.ledger.streams <= world.surroundings.relays.length, `${what}: connects again and again`);
  assertFlows(world, b, a, `${what}, after minutes without traffic`, 200);
  return meet(world, nodes, what, expectation);
}

function assertStays(world: World, ms: number, read: () => string): void {
  const before = read();
  const end = world.timeline.now + ms;
  while (world.timeline.now < end) {
    world.run(5000);
    assert.equal(read(), before, "the home relay changed");
  }
}
