// What must hold of nodes and pairs. Each throws an Error that says what did not.
import assert from "node:assert/strict";
import { addressFilter } from "../../src/nat/index.ts";
import { localityClass } from "../../src/paths/ranking.ts";
import type { Expectation } from "./expectation.ts";
import type { Birthday } from "./ledger.ts";
import type { SimNode } from "./node.ts";
import { OVERLAY_PREFIXES } from "./node-process.ts";
import type { World } from "./world.ts";

/** What became of a pair whose direct path is a matter of luck. */
export interface Luck {
  readonly direct: boolean;
  readonly afterMs: number;
}

// connectivity.md's caps, not the product's constants: a wrong constant must be found.
const MAX_PROBES_PER_SECOND = 600;
const MAX_SOCKETS = 256;
const MAX_ATTEMPT_PACKETS = 2600;
const MAX_ATTEMPT_MS = 8000;
/** The mappings of the measurement before an attempt may look like its beginning. */
const ATTEMPT_SLACK_MS = 1500;
const EARLY_ATTEMPTS = 2;
const EARLY_WINDOW_MS = 600_000;
/** Pauses grow until there is one attempt in hours. */
const PAUSE_TOLERANCE = 0.95;
/** Loss can end a path wrongly (it comes back); a better one may be found once on each side. */
const MAX_CHANGES = 4;
/** Traffic is ten packets a second. */
const FLOWING_PACKETS = 6;

export function usesDirect(a: SimNode, b: SimNode): boolean {
  return a.pathTo(b) === "direct" && b.pathTo(a) === "direct";
}

export function assertDirect(a: SimNode, b: SimNode, what: string): void {
  assert.ok(usesDirect(a, b), `${what}: not direct in time (${a.pathTo(b)}, ${b.pathTo(a)})`);
}

/** Traffic until the time is over, then the path must be as expected. */
export function meet(
  world: World,
  [a, b]: readonly [SimNode, SimNode],
  what: string,
  expectation: Expectation,
  extraMs = 0,
): Luck | undefined {
  const startedAt = world.timeline.now;
  const wasDirect = a.pathTo(b) === "direct";
  world.traffic(a, b, extraMs + (expectation.path === "direct" ? expectation.withinMs : 5000));
  if (expectation.path === "either") return undefined;
  if (expectation.path === "relay") {
    assert.deepEqual([a.pathTo(b), b.pathTo(a)], expectation.kinds, `${what}: the way`);
    return undefined;
  }
  if (!expectation.byLuck) {
    assertDirect(a, b, what);
    return undefined;
  }
  const found = a.engineFor(b).changes.find(({ at, kind }) => at >= startedAt && kind === "direct");
  return { direct: usesDirect(a, b), afterMs: wasDirect ? 0 : (found?.at ?? Infinity) - startedAt };
}

/** Within `ms` traffic flows again. */
export function assertFlows(world: World, a: SimNode, b: SimNode, what: string, ms: number): void {
  world.traffic(a, b, ms);
  const before = b.engineFor(a).received;
  world.traffic(a, b, 1000);
  const flown = b.engineFor(a).received - before;
  assert.ok(flown >= FLOWING_PACKETS, `${what}: ${flown} of 10 packets arrive ${ms} ms later`);
}

/** With traffic for so long, the path stays what it is, on both sides the same. */
export function stayCalm(world: World, a: SimNode, b: SimNode, what: string, ms: number): void {
  const changes = () => a.engineFor(b).changes.length + b.engineFor(a).changes.length;
  const before = changes();
  world.traffic(a, b, ms);
  assert.ok(changes() - before <= MAX_CHANGES, `${what}: ${changes() - before} changes of path in ${ms / 1000} s`);
  assert.ok(a.host.openSockets <= 4 && b.host.openSockets <= 4, `${what}: extra sockets stay open`);
  assertAgreed(a, b, what);
}

/** Both over relays, or both direct, and then in the same kind of network. */
export function assertAgreed(a: SimNode, b: SimNode, what: string): void {
  const kindOf = (node: SimNode, peer: SimNode) => {
    const used = node.engineFor(peer).used();
    return used?.kind === "direct" ? `direct, class ${localityClass(used.address)}` : used?.kind;
  };
  assert.equal(kindOf(a, b), kindOf(b, a), `${what}: the two sides use different ways`);
}

/** What holds in every world. */
export function assertManners(world: World): void {
  const allows = addressFilter({ overlayPrefixes: OVERLAY_PREFIXES, interfaces: [] });
  for (const node of world.nodes) {
    for (const { to, isOwn } of node.host.ledger.probes) {
      assert.ok(allows(to), `${node.name} probed ${to}`);
      assert.ok(!isOwn, `${node.name} probed its own address`);
    }
    assertBudgets(node);
  }
}

export function assertBudgets({ name, host: { ledger } }: SimNode): void {
  const peak = ledger.peakProbes();
  assert.ok(peak <= MAX_PROBES_PER_SECOND, `${name}: ${peak} probe packets in a second`);
  assert.ok(ledger.peakSockets <= MAX_SOCKETS, `${name}: ${ledger.peakSockets} extra sockets`);
  let before: Birthday | undefined;
  const byPeer = new Map<string, Birthday[]>();
  for (const birthday of ledger.birthdays) {
    const { peer, startedAt, endedAt, packets } = birthday;
    const ms = endedAt - startedAt;
    assert.ok(ms <= MAX_ATTEMPT_MS + ATTEMPT_SLACK_MS, `${name}: a birthday attempt took ${ms} ms`);
    assert.ok(packets <= MAX_ATTEMPT_PACKETS, `${name}: a birthday attempt took ${packets} packets`);
    const isAlone = before === undefined || startedAt >= before.endedAt - ATTEMPT_SLACK_MS;
    assert.ok(isAlone, `${name}: birthday attempts at the same time, for ${before?.peer} and ${peer}`);
    before = birthday;
    byPeer.set(peer, [...(byPeer.get(peer) ?? []), birthday]);
  }
  for (const [peer, birthdays] of byPeer) {
    for (const [i, { startedAt }] of birthdays.entries()) {
      const earlier = birthdays[i - EARLY_ATTEMPTS];
      if (earlier === undefined) continue;
      const ms = startedAt - earlier.startedAt;
      assert.ok(
        ms >= EARLY_WINDOW_MS - ATTEMPT_SLACK_MS,
        `${name}: a third birthday attempt for ${peer} after ${ms} ms`,
      );
    }
  }
}

/** Of attempts for a peer that was never reached. */
export function assertBackoff({ name, host: { ledger } }: SimNode, longestPauseMs: number): void {
  const starts = new Map<string, number[]>();
  for (const { peer, startedAt } of ledger.birthdays) starts.set(peer, [...(starts.get(peer) ?? []), startedAt]);
  for (const [peer, times] of starts) {
    let least = 0;
    for (let i = EARLY_ATTEMPTS; i < times.length; i++) {
      const pauseMs = (times[i] ?? 0) - (times[i - 1] ?? 0);
      assert.ok(pauseMs >= least * PAUSE_TOLERANCE, `${name}: attempt ${i + 1} for ${peer} comes ${pauseMs} ms after`);
      least = Math.min(i === EARLY_ATTEMPTS ? pauseMs : least * 2, longestPauseMs);
    }
  }
}

/** Whether the seeds' lucky pairs were as lucky as the odds say. */
export function judgeLuck(lucky: readonly Luck[]): string | undefined {
  if (lucky.length < 8) return undefined;
  const share = lucky.filter(({ direct }) => direct).length / lucky.length;
  const median = lucky.map(({ afterMs }) => afterMs).toSorted((x, y) => x - y)[lucky.length >> 1] ?? 0;
  // Two attempts of 98 % each; few samples may fall short by one or two.
  if (share < 0.99 - 1.5 / lucky.length)
    return `birthday probing succeeded for ${(share * 100).toFixed(1)} % of ${lucky.length} pairs`;
  if (median > 5000) return `birthday probing took ${(median / 1000).toFixed(1)} s in the median`;
  return undefined;
}
