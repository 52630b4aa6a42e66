// Nodes that meet: the table of connectivity.md, and what a meeting costs.
import assert from "node:assert/strict";
import { assertDirect, assertFlows, meet, stayCalm, usesDirect } from "./assertions.ts";
import { expect } from "./expectation.ts";
import { anyPair, hasMet } from "./scenario.ts";
import { EASY_KINDS, SITE_KINDS, SITES, siteType, UDP_KINDS } from "./sites.ts";
import { CLEAN, roughLink, type World } from "./world.ts";

const FIRST_PACKET_MS = 500;
const FIRST_PACKET_TCP_MS = 1000;
/** The relay has to be better for a while; the way back takes as long as echoes every 1.5 s need to smooth the old round trip away. */
const CONVINCED_MS = 30_000;
const BACK_MS = 90_000;

export function pair(world: World) {
  const { nodes, what, expectation } = anyPair(world);
  world.join(...nodes);
  const luck = meet(world, nodes, what, expectation);
  stayCalm(world, ...nodes, what, 20_000);
  assertFlows(world, ...nodes, what, 0);
  return luck;
}

/** Traffic from the moment of joining: the first packet gets through at once, and candidates come late. */
export function lateJoiner(world: World) {
  const { nodes, kinds, what, expectation, isRough } = anyPair(world);
  const [a, b] = nodes;
  world.introduce(...nodes);
  if (!isRough) {
    const overTcp = kinds.some((kind) => siteType(kind).difficulty === "udp-blocked");
    world.traffic(a, b, overTcp ? FIRST_PACKET_TCP_MS : FIRST_PACKET_MS);
    assert.ok(b.engineFor(a).received > 0, `${what}: no packet came through at first`);
    if (!overTcp) assertNoTcp(world, what);
  }
  return meet(world, nodes, what, expectation, 1000);
}

/** They answer late, which is no reason to turn to TCP. */
export function farRelays(world: World) {
  const { nodes, what, expectation } = anyPair(world, UDP_KINDS, UDP_KINDS, false);
  const [a, b] = nodes;
  world.introduce(...nodes);
  world.traffic(a, b, 2000);
  assert.ok(b.engineFor(a).received > 0, `${what}: no packet came through at first`);
  assertNoTcp(world, what);
  return meet(world, nodes, what, expectation, 1000);
}

function assertNoTcp(world: World, what: string): void {
  for (const { name, host } of world.nodes) {
    assert.equal(host.ledger.streams, 0, `${what}: ${name} turned to TCP although UDP gets through`);
  }
}

export function oneNetwork(world: World) {
  const { random } = world;
  const kind = random.pick(SITE_KINDS.filter((each) => siteType(each).ipv4.length > 0));
  const link = random.unit() < 0.5 ? CLEAN : roughLink(random);
  const routers = siteType(kind).ipv4.map((router) => ({ ...router, hairpin: random.unit() < 0.5 }));
  const place = world.ipv4Place(routers, link);
  const isTranslated = routers.some(({ mapping }) => mapping !== "none");
  const other = { site: place.site, ip: isTranslated ? "192.168.7.2" : world.publicIp() };
  const [a, b] = [world.node({ ipv4: place }), world.node({ ipv4: other })];
  world.join(a, b);
  world.traffic(a, b, 1000);
  const what = `two in one ${kind} network`;
  assert.deepEqual([usedAddress(a, b), usedAddress(b, a)], [b.address, a.address], `${what}: the LAN's addresses`);
  stayCalm(world, a, b, what, 20_000);
  return undefined;
}

function usedAddress(...[a, b]: readonly [Parameters<typeof assertDirect>[0], Parameters<typeof assertDirect>[1]]) {
  const used = a.engineFor(b).used();
  return used?.kind === "direct" ? used.address : used?.kind;
}

/** Two paths of about the same length: IPv6 is used, and stays. */
export function dualStack(world: World) {
  const jitterMs = world.random.pick([0, 8]);
  const link = () => ({ ...CLEAN, jitterMs });
  const node = () => {
    const ipv4 = world.ipv4Place(SITES[world.random.pick(EASY_KINDS)].ipv4, link());
    return world.node({ ipv4, ipv6: world.ipv6Place(link()) });
  };
  const [a, b] = [node(), node()];
  world.join(a, b);
  world.traffic(a, b, 2000);
  assertDirect(a, b, "dual stack");
  stayCalm(world, a, b, "dual stack", 150_000);
  if (jitterMs === 0) assert.match(usedAddress(a, b) ?? "", /^\[/, "dual stack: IPv6 is preferred where it is equal");
  return undefined;
}

/** What worked is remembered: the second time is not slower, and not dearer. */
export function secondMeeting(world: World) {
  const { nodes, what, expectation, isRough } = anyPair(world);
  const [a, b] = nodes;
  world.join(...nodes);
  const cost = () => a.host.ledger.probes.length + b.host.ledger.probes.length;
  const first = measuredMeeting();
  if (!hasMet(first.luck) || expectation.path !== "direct") return first.luck;
  // Idle after 60 s; what the other side asked for in its last second is over another 60 s later.
  world.run(130_000);
  const second = measuredMeeting();
  if (expectation.byLuck || isRough) return first.luck;
  assert.ok(second.ms <= first.ms + 50, `${what}: the second time took ${second.ms} ms, the first ${first.ms} ms`);
  assert.ok(
    second.cost <= first.cost * 1.2 + 6,
    `${what}: the second time cost ${second.cost}, the first ${first.cost}`,
  );
  return first.luck;

  function measuredMeeting() {
    const [costBefore, startedAt] = [cost(), world.timeline.now];
    const luck = meet(world, nodes, what, expectation);
    const found = a.engineFor(b).changes.find(({ at, kind }) => at >= startedAt && kind === "direct");
    return { luck, ms: (found?.at ?? Infinity) - startedAt, cost: cost() - costBefore };
  }
}

/** Everybody with everybody. */
export function severalNodes(world: World) {
  const kinds = Array.from({ length: world.random.integer(3, 5) }, () => world.random.pick(SITE_KINDS));
  const nodes = kinds.map((kind) => world.node(world.places(kind, CLEAN)));
  world.join(...nodes);
  for (let tick = 0; tick < 300; tick++) {
    for (const a of nodes) for (const b of nodes) if (a !== b) a.sendTraffic(b);
    world.run(100);
  }
  for (const [i, a] of nodes.entries()) {
    for (const [j, b] of nodes.entries()) {
      const [kindA, kindB] = [kinds[i], kinds[j]];
      if (j <= i || kindA === undefined || kindB === undefined) continue;
      const what = `${kindA} with ${kindB} among ${nodes.length}`;
      const expectation = expect(kindA, kindB, []);
      // Birthday attempts wait for each other.
      if (expectation.path === "direct" && !expectation.byLuck) assertDirect(a, b, what);
      if (expectation.path === "relay") assert.deepEqual([a.pathTo(b), b.pathTo(a)], expectation.kinds, what);
    }
  }
  return undefined;
}

/** A provider slows UDP down between two homes, but not towards the relays; later it does not any more. */
export function throttled(world: World) {
  const { nodes, kinds } = anyPair(world, EASY_KINDS, EASY_KINDS, false);
  const [a, b] = nodes;
  const what = `${kinds.join(" with ")}, throttled`;
  world.join(...nodes);
  world.traffic(a, b, 3000);
  assertDirect(a, b, what);
  world.throttle(a, b, { delayMs: world.random.integer(60, 400), loss: 0 });
  world.traffic(a, b, CONVINCED_MS);
  assert.equal(a.pathTo(b), "relay-udp", `${what}: the relay is better`);
  stayCalm(world, a, b, what, 40_000);
  world.throttle(a, b, { delayMs: 0, loss: 0 });
  world.traffic(a, b, BACK_MS);
  assertDirect(a, b, `${what} no more`);
  return undefined;
}

/** Without the coordinator, candidates go over the relay; without relays, through the coordinator. */
export function withoutHelper(world: World) {
  const { nodes, what, isRough } = anyPair(world, EASY_KINDS);
  world.join(...nodes);
  if (world.random.unit() < 0.5) world.coordinator.away = true;
  else for (const relay of world.surroundings.relays) relay.die();
  const [a, b] = nodes;
  world.traffic(a, b, isRough ? 3000 : 1500);
  assertDirect(a, b, `${what}, coordinator ${world.coordinator.away ? "away" : "there"}`);
  assertFlows(world, a, b, what, 100);
  assert.ok(usesDirect(a, b), what);
  return undefined;
}
