// The traversal machines in simulated networks: many seeds, each with its own delays, losses and order of events. A failure names
// its seed; `MESHD_SIM_SEED=n` runs that one alone, `MESHD_SIM_SEEDS=n` more than the usual few hundred.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { sodiumReady } from "../../src/identity/index.ts";
import { addressFilter } from "../../src/nat/index.ts";
import { PROBE_BUDGET } from "../../src/paths/probe-budget.ts";
import { OVERLAY_PREFIXES, type SimNode } from "./node.ts";
import { CLEAN, roughLink, type SiteKind, World } from "./world.ts";

const SEEDS = Number(process.env.MESHD_SIM_SEEDS ?? 48);
const ONLY = process.env.MESHD_SIM_SEED;
const DIRECT_WITHIN_MS = 2000;

const EASY = [
  "public",
  "firewall",
  "full-cone",
  "address-restricted",
  "port-restricted",
  "port-restricted-random",
  "short-timeout",
] as const satisfies readonly SiteKind[];
const HARD = ["symmetric-random", "symmetric-sequential"] as const satisfies readonly SiteKind[];
/** What a hard NAT can be reached from without prediction. */
const LENIENT = ["public", "full-cone", "address-restricted"] as const satisfies readonly SiteKind[];

before(sodiumReady);

function forSeeds(seeds: number, run: (world: World) => void): void {
  const chosen = ONLY === undefined ? Array.from({ length: seeds }, (_, i) => i + 1) : [Number(ONLY)];
  for (const seed of chosen) {
    const world = new World(seed);
    try {
      run(world);
      assertGoodManners(world);
    } catch (error) {
      throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    }
  }
}

/** What holds in every world. */
function assertGoodManners(world: World): void {
  const allows = addressFilter({ overlayPrefixes: OVERLAY_PREFIXES, interfaces: [] });
  for (const { from, to } of world.probes) {
    assert.ok(allows(to), `${from} probed ${to}`);
    assert.notEqual(from, to, `${from} probed itself`);
  }
}

function usesDirect(node: SimNode, peer: SimNode): boolean {
  return node.engineFor(peer).used()?.kind === "direct";
}

function assertDirect(a: SimNode, b: SimNode, what: string): void {
  for (const [node, peer] of [
    [a, b],
    [b, a],
  ] as const) {
    assert.ok(usesDirect(node, peer), `${what}: not direct; ${node.reasons.join("; ")}`);
  }
}

function assertCalm(world: World, a: SimNode, b: SimNode, run: () => void): void {
  const changesBefore = a.engineFor(b).changes.length + b.engineFor(a).changes.length;
  run();
  const changes = a.engineFor(b).changes.length + b.engineFor(a).changes.length - changesBefore;
  // Loss can end a path wrongly (it comes back); a better one may be found once on each side.
  assert.ok(changes <= 4, `${changes} changes of path in a minute at ${world.timeline.now}: ${a.reasons.join("; ")}`);
}

function pairOf(world: World, kinds: readonly SiteKind[], others: readonly SiteKind[], rough: boolean) {
  const link = () => (rough ? roughLink(world.random) : CLEAN);
  const kindA = world.random.pick(kinds);
  const kindB = world.random.pick(others);
  const a = world.node(world.site(kindA, link()));
  const b = world.node(world.site(kindB, link()));
  world.pair(a, b);
  return { a, b, what: `${kindA} with ${kindB}` };
}

test("endpoint-independent mappings on both sides are direct within a second on clean links", () => {
  for (const kindA of EASY) {
    for (const kindB of EASY) {
      const world = new World(7);
      const [a, b] = [world.node(world.site(kindA, CLEAN)), world.node(world.site(kindB, CLEAN))];
      world.pair(a, b);
      world.traffic(a, b, 1000);
      assertDirect(a, b, `${kindA} with ${kindB}`);
    }
  }
});

test("endpoint-independent mappings on both sides are direct within two seconds and stay so, whatever the links do", () => {
  forSeeds(SEEDS, (world) => {
    const { a, b, what } = pairOf(world, EASY, EASY, true);
    world.traffic(a, b, DIRECT_WITHIN_MS);
    assertDirect(a, b, what);
    assertCalm(world, a, b, () => {
      world.traffic(a, b, 60_000);
    });
    assertDirect(a, b, what);
  });
});

test("traffic from the moment of joining: candidates that come late are told, and direct within two seconds", () => {
  forSeeds(SEEDS, (world) => {
    const [a, b] = [
      world.node(world.site(world.random.pick(EASY), roughLink(world.random))),
      world.node(world.site(world.random.pick(EASY), roughLink(world.random))),
    ];
    world.introduce(a, b);
    const bothWays = world.random.unit() < 0.5;
    if (bothWays) b.sendTraffic(a, 0);
    world.traffic(a, b, DIRECT_WITHIN_MS);
    assertDirect(a, b, bothWays ? "both ways" : "one way");
  });
});

test("IPv6 behind firewalls is direct where IPv4 is hopeless, and preferred where it is not worse", () => {
  forSeeds(SEEDS / 3, (world) => {
    const kind = world.random.pick(["symmetric-random", "port-restricted"] as const);
    const place = () => [world.site(kind, CLEAN), world.ipv6Site(CLEAN)] as const;
    const [a, b] = [world.node(...place()), world.node(...place())];
    world.pair(a, b);
    world.traffic(a, b, DIRECT_WITHIN_MS);
    assert.match(a.engineFor(b).changes.at(-1)?.to ?? "", /^\[2001:db8:/);
    assert.match(b.engineFor(a).changes.at(-1)?.to ?? "", /^\[2001:db8:/);
  });
});

test("a hard NAT is direct with public, full cone and address-restricted", () => {
  forSeeds(SEEDS, (world) => {
    const { a, b, what } = pairOf(world, HARD, LENIENT, true);
    world.traffic(a, b, DIRECT_WITHIN_MS);
    assertDirect(a, b, what);
  });
});

test("a hard NAT with a strict one: direct by prediction within two seconds, by birthday probing within five mostly", () => {
  const birthdays: number[] = [];
  forSeeds(SEEDS, (world) => {
    const kind = world.random.pick(HARD);
    const strict = world.random.pick(["firewall", "port-restricted"] as const);
    const [a, b] = [world.node(world.site(kind, CLEAN)), world.node(world.site(strict, CLEAN))];
    world.pair(a, b);
    const [from, to] = world.random.unit() < 0.5 ? [a, b] : [b, a];
    const start = world.timeline.now;
    world.traffic(from, to, 20_000);
    assertDirect(a, b, `${kind} with ${strict}`);
    const afterMs = (a.engineFor(b).changes.find((change) => change.to !== "relay")?.at ?? Infinity) - start;
    if (kind === "symmetric-sequential") assert.ok(afterMs < 2000, `predicted after ${afterMs} ms`);
    else birthdays.push(afterMs);
    assert.ok(a.peakSockets <= 256, `${a.peakSockets} sockets`);
    assert.ok(Math.max(world.peakProbes(a), world.peakProbes(b)) <= PROBE_BUDGET);
  });
  const median = birthdays.toSorted((x, y) => x - y)[birthdays.length >> 1] ?? 0;
  assert.ok(median < 5000, `median ${median} ms`);
});

test("two hard NATs stay on the relay, and are probed ever more rarely", () => {
  forSeeds(SEEDS / 6, (world) => {
    const { a, b, what } = pairOf(world, ["symmetric-random"], HARD, true);
    world.traffic(a, b, 120_000);
    assert.equal(a.engineFor(b).used()?.kind, "relay", what);
    assert.equal(b.engineFor(a).used()?.kind, "relay", what);
    const from = world.timeline.now;
    world.traffic(a, b, 120_000);
    const later = world.probes.filter(({ at }) => at >= from).length;
    assert.ok(later > 0, "still looks for a direct path");
    // Two or three attempts in two minutes, by both sides, seven pings to each of a handful of addresses.
    assert.ok(later < 3 * 2 * 7 * 10, `${later} probes in two minutes`);
    assert.ok(b.engineFor(a).received > 2000 * 0.9, `traffic flowed meanwhile: ${b.engineFor(a).received}`);
  });
});

test("the relay carries traffic until the direct path is there", () => {
  forSeeds(SEEDS / 3, (world) => {
    const { a, b } = pairOf(world, ["port-restricted"], ["port-restricted"], false);
    world.traffic(a, b, 5000);
    world.run(200);
    assert.equal(b.engineFor(a).received, 50);
    assert.equal(a.engineFor(b).changes[0]?.to, "relay");
  });
});

test("without a coordinator, candidates go over the relay; without a relay, through the coordinator", () => {
  forSeeds(SEEDS / 3, (world) => {
    const { a, b, what } = pairOf(world, ["port-restricted", "firewall"], ["port-restricted-random"], true);
    const { coordinator, relay } = world.surroundings;
    if (world.random.unit() < 0.5) coordinator.away = true;
    else relay.away = true;
    world.traffic(a, b, DIRECT_WITHIN_MS);
    assertDirect(a, b, `${what}, coordinator ${coordinator.away ? "away" : "there"}`);
  });
});

test("two nodes behind one NAT use the LAN", () => {
  forSeeds(SEEDS / 3, (world) => {
    const kind = world.random.pick(["port-restricted", "symmetric-random", "full-cone"] as const);
    const { site } = world.site(kind, roughLink(world.random));
    const [a, b] = [world.node({ site, ip: "192.168.7.2" }), world.node({ site, ip: "192.168.7.3" })];
    world.pair(a, b);
    world.traffic(a, b, DIRECT_WITHIN_MS);
    assert.equal(a.engineFor(b).changes.at(-1)?.to, b.address);
    assert.equal(b.engineFor(a).changes.at(-1)?.to, a.address);
  });
});

test("two NATs in a row are no harder than one", () => {
  forSeeds(SEEDS / 3, (world) => {
    const carrier = world.site("port-restricted", roughLink(world.random)).site;
    const a = world.node(world.site("port-restricted-random", CLEAN, carrier));
    const b = world.node(world.site(world.random.pick(EASY), roughLink(world.random)));
    world.pair(a, b);
    world.traffic(a, b, DIRECT_WITHIN_MS);
    assertDirect(a, b, "two NATs in a row");
  });
});

test("nothing is sent to or for an idle peer", () => {
  forSeeds(SEEDS / 3, (world) => {
    const { a, b } = pairOf(world, [...EASY, ...HARD], [...EASY, ...HARD], true);
    world.run(60_000);
    assert.equal(world.probes.length, 0, "before any traffic");
    world.traffic(a, b, 3000);
    // The last words: idle after 60 s, what the other side asked for in its last second another 60 s.
    world.run(125_000);
    const [probes, forwarded, requests] = [
      world.probes.length,
      world.surroundings.relay.forwarded,
      world.surroundings.coordinator.requests,
    ];
    world.run(600_000);
    assert.equal(world.probes.length, probes, "probes");
    assert.equal(world.surroundings.relay.forwarded, forwarded, "over the relay");
    assert.equal(world.surroundings.coordinator.requests, requests, "through the coordinator");
    world.traffic(b, a, DIRECT_WITHIN_MS);
    assert.ok(a.engineFor(b).received > 10, "reached again from the other side");
  });
});

test("a rebooted router with another public address costs two seconds", () => {
  forSeeds(SEEDS / 2, (world) => {
    const { a, b, what } = pairOf(world, ["port-restricted", "port-restricted-random"], EASY, true);
    world.traffic(a, b, 20_000);
    assertDirect(a, b, what);
    const router = world.routerOf(a);
    router.reboot(world.publicIp());
    a.noticeNetworkChange();
    world.traffic(a, b, 2000);
    const before = b.engineFor(a).received;
    world.traffic(a, b, 1000);
    assert.ok(b.engineFor(a).received - before >= 5, `${what}: traffic flows again; ${a.reasons.join("; ")}`);
    world.traffic(a, b, 3000);
    assertDirect(a, b, what);
  });
});

test("a router that rebooted unnoticed by its hosts is got over", () => {
  forSeeds(SEEDS / 2, (world) => {
    const { a, b, what } = pairOf(world, ["port-restricted", "port-restricted-random"], EASY, true);
    world.traffic(a, b, 20_000);
    world.routerOf(a).reboot(world.publicIp());
    // The reflexive address is asked for every 25 s, the relay within 20 s.
    world.traffic(a, b, 35_000);
    assertDirect(a, b, what);
  });
});

test("a node that moves to another network is reached again within two seconds", () => {
  forSeeds(SEEDS / 2, (world) => {
    const { a, b, what } = pairOf(world, EASY, EASY, true);
    world.traffic(a, b, 5000);
    assertDirect(a, b, what);
    a.move(world.site(world.random.pick(EASY), roughLink(world.random)));
    world.traffic(a, b, 2000);
    const before = b.engineFor(a).received;
    world.traffic(a, b, 1000);
    assert.ok(b.engineFor(a).received - before >= 5, `traffic flows again; ${a.reasons.join("; ")}`);
    world.traffic(a, b, 2000);
    assertDirect(a, b, `${what}, moved`);
  });
});

test("a relay that restarts takes its nodes back", () => {
  forSeeds(SEEDS / 3, (world) => {
    const { a, b } = pairOf(world, HARD, HARD, true);
    world.traffic(a, b, 2000);
    world.surroundings.relay.restart();
    world.traffic(a, b, 30_000);
    const before = b.engineFor(a).received;
    world.traffic(a, b, 5000);
    assert.ok(b.engineFor(a).received - before >= 40);
  });
});

test("a node that meets a hundred peers at once keeps to its budget, and all become direct", () => {
  const world = new World(3);
  const hub = world.node(world.site("port-restricted", CLEAN));
  const peers = Array.from({ length: 100 }, () => world.node(world.site(world.random.pick(EASY), CLEAN)));
  for (const peer of peers) {
    hub.meet(peer);
    peer.meet(hub);
    peer.start();
  }
  hub.start();
  world.run(1000);
  for (const peer of peers) hub.sendTraffic(peer, 0);
  world.run(10_000);
  assert.ok(world.peakProbes(hub) <= PROBE_BUDGET, `${world.peakProbes(hub)} probes in a second`);
  const direct = peers.filter((peer) => usesDirect(hub, peer)).length;
  assert.equal(direct, 100);
});
