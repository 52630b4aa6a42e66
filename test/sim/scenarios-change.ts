// What happens to pairs that have met: routers, networks, hosts and programs change under them.
import assert from "node:assert/strict";
import { assertDirect, assertFlows, meet, stayCalm, usesDirect } from "./assertions.ts";
import { expect } from "./expectation.ts";
import { anyPair, hasMet } from "./scenario.ts";
import { EASY_KINDS, SITE_KINDS, SITES, siteType, UDP_KINDS } from "./sites.ts";
import { CLEAN, roughLink, type World } from "./world.ts";

/** connectivity.md, "Times": back after a router's reboot, a move, a relay's death. */
const BACK_MS = 2000;
/** The host notices its sleep within a second. */
const WAKE_MS = 3000;
/** What the peers began towards addresses of before has to end first. */
const AFTER_SLEEP_MS = 6000;
/** Some probe timeouts until full packets are missed. */
const NOTICED_MS = 2000;
const ON_TCP_MS = 5000;
const OFF_TCP_MS = 30_000;

/** The hosts notice, for instance since their router is in the same box as the modem. */
export function reboot(world: World) {
  const { nodes, what, expectation } = anyPair(world);
  const [a, b] = nodes;
  world.join(...nodes);
  const luck = meet(world, nodes, what, expectation);
  if (!hasMet(luck)) return luck;
  world.reboot(a);
  a.noticeNetworkChange();
  assertFlows(world, a, b, `${what}, rebooted`, BACK_MS);
  if (expectation.path === "direct" && !expectation.byLuck) {
    world.traffic(a, b, expectation.withinMs);
    assertDirect(a, b, `${what}, rebooted`);
  }
  return luck;
}

/** The hosts are not told: dead paths tell them. */
export function silentReboot(world: World) {
  const { nodes, what, expectation, isRough } = anyPair(world, EASY_KINDS);
  const [a, b] = nodes;
  world.join(...nodes);
  meet(world, nodes, what, expectation);
  world.reboot(a);
  world.coordinator.cut(a.key, world.random.integer(1000, 25_000));
  assertFlows(world, a, b, `${what}, rebooted unnoticed`, isRough ? 2 * BACK_MS : BACK_MS);
  world.traffic(a, b, 20_000);
  // Loss may end a path wrongly at any moment.
  if (isRough && !usesDirect(a, b)) world.traffic(a, b, 3000);
  assertDirect(a, b, `${what}, rebooted unnoticed`);
  return undefined;
}

export function move(world: World) {
  const { nodes, kinds, links, isRough } = anyPair(world);
  const [a, b] = nodes;
  const kind = world.random.pick(SITE_KINDS);
  const link = isRough ? roughLink(world.random) : CLEAN;
  const what = `${kinds.join(" with ")}, moved to ${kind}`;
  world.join(...nodes);
  world.traffic(a, b, 5000);
  a.move(world.places(kind, link));
  assertFlows(world, a, b, what, SITES[kind].difficulty === "udp-blocked" ? ON_TCP_MS : BACK_MS);
  return meet(world, nodes, what, expect(kind, kinds[1], [link, links[1]]), 1000);
}

/** The program dies, with all it knew. */
export function restart(world: World) {
  const { nodes, what, expectation } = anyPair(world);
  const [a, b] = nodes;
  world.join(...nodes);
  world.traffic(a, b, 3000);
  const downMs = world.random.integer(100, 5000);
  a.restart(downMs);
  world.traffic(b, a, downMs);
  const isBack = world.random.unit() < 0.5;
  const [from, to] = isBack ? [a, b] : [b, a];
  assertFlows(world, from, to, `${what}, restarted`, BACK_MS);
  return meet(world, [from, to], `${what}, restarted`, isBack ? expectation : reversed(expectation), 1000);
}

function reversed(expectation: ReturnType<typeof expect>): ReturnType<typeof expect> {
  if (expectation.path !== "relay") return expectation;
  const [a, b] = expectation.kinds;
  return { path: "relay", kinds: [b, a] };
}

export function sleep(world: World) {
  const { nodes, what, expectation } = anyPair(world);
  const [a, b] = nodes;
  world.join(...nodes);
  world.traffic(a, b, 3000);
  const asleepMs = world.random.pick([5000, 40_000, 300_000, 7_200_000]);
  a.sleep(asleepMs);
  // The other side may go on talking to it for a while.
  const talkMs = Math.min(asleepMs, world.random.pick([0, 10_000]));
  world.traffic(b, a, talkMs);
  world.run(asleepMs - talkMs);
  assertFlows(world, a, b, `${what}, asleep for ${asleepMs / 1000} s`, WAKE_MS);
  return meet(world, nodes, `${what}, awake again`, expectation, AFTER_SLEEP_MS);
}

/** A network begins to drop UDP, and thinks better of it. */
export function blockedForAWhile(world: World) {
  const kinds = UDP_KINDS.filter((kind) => siteType(kind).ipv6 !== true);
  const { nodes, what, expectation } = anyPair(world, kinds);
  const [a, b] = nodes;
  world.join(...nodes);
  world.traffic(a, b, 5000);
  const router = a.host.places.ipv4?.site.router;
  assert.ok(router !== undefined);
  world.journal.note("a", () => "UDP is blocked from now on");
  router.blocksUdp = true;
  assertFlows(world, a, b, `${what}, blocked`, ON_TCP_MS);
  assert.equal(a.pathTo(b), "relay-tcp", `${what}, blocked`);
  const blockedMs = world.random.pick([20_000, 150_000, 200_000]);
  stayCalm(world, a, b, `${what}, blocked`, blockedMs);
  world.journal.note("a", () => "UDP gets through again");
  router.blocksUdp = false;
  world.traffic(a, b, OFF_TCP_MS);
  assert.equal(a.relayAccess, "relay-udp", `${what}, not blocked any more`);
  assert.notEqual(a.pathTo(b), "relay-tcp", `${what}, not blocked any more`);
  // After minutes the next try at a direct path is a minute away.
  if (expectation.path === "direct" && !expectation.byLuck && blockedMs < OFF_TCP_MS) {
    assertDirect(a, b, `${what}, not blocked any more`);
  }
  return undefined;
}

/** A line on the way gets narrower, and nobody says so: what is too large for it vanishes until the engine notices. */
export function narrower(world: World) {
  const kinds = UDP_KINDS.filter((kind) => siteType(kind).ipv4.length > 0);
  const { nodes, what } = anyPair(world, kinds, kinds, false);
  const [a, b] = nodes;
  world.join(...nodes);
  world.traffic(a, b, 5000);
  const router = a.host.mainPlace.site.router;
  assert.ok(router !== undefined);
  world.journal.note("a", () => "its line gets narrower");
  router.mtu = world.random.pick([1280, 1124]);
  for (const place of [a.host.places.ipv4, a.host.places.ipv6]) {
    if (place?.site.router !== undefined) place.site.router.mtu = router.mtu;
  }
  assertFlows(world, a, b, `${what}, narrower`, NOTICED_MS);
  assertFlows(world, b, a, `${what}, narrower`, NOTICED_MS);
  return undefined;
}

/** Is of no interest to who has met. */
export function coordinatorRestart(world: World) {
  const { nodes, what, expectation, isRough } = anyPair(world);
  const [a, b] = nodes;
  world.join(...nodes);
  const luck = meet(world, nodes, what, expectation);
  if (!hasMet(luck)) return luck;
  world.traffic(a, b, 3000);
  const [before, changes] = [b.engineFor(a).received, a.engineFor(b).changes.length];
  world.journal.note("", () => "the coordinator restarts");
  world.coordinator.restart(world.random.integer(200, 20_000), () => world.random.integer(10, 8000));
  world.traffic(a, b, 30_000);
  const received = b.engineFor(a).received - before;
  assert.ok(received >= (isRough ? 250 : 298), `${what}: ${received} of 300 packets while the coordinator restarts`);
  const isSettled = expectation.path === "direct" && !isRough;
  if (isSettled) assert.equal(a.engineFor(b).changes.length, changes, `${what}: the path changed`);
  return luck;
}
