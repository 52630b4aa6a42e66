import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { AttemptNumbers } from "../../../src/paths/attempt-numbers.ts";
import { backoffMs } from "../../../src/paths/backoff.ts";
import { OutstandingPings } from "../../../src/paths/outstanding-pings.ts";
import {
  ANSWER_RESERVE,
  PEER_PROBE_LIMIT,
  PeerProbeBudget,
  PROBE_BUDGET,
  ProbeBudget,
} from "../../../src/paths/probe-budget.ts";
import { beats, rerank } from "../../../src/paths/ranking.ts";
import { ReplayWindow } from "../../../src/paths/replay.ts";
import { parseSocketAddress, type SocketAddress } from "../../../src/protocol/index.ts";

function address(text: string): SocketAddress {
  const parsed = parseSocketAddress(text);
  assert.ok(parsed !== undefined, text);
  return parsed;
}

test("the budget at its edge: probes leave a reserve to answers, and the window slides", () => {
  const budget = new ProbeBudget();
  for (let i = 0; i < PROBE_BUDGET - ANSWER_RESERVE; i++) assert.ok(budget.take("probe", i));
  assert.equal(budget.take("probe", 500), false);
  assert.equal(budget.againAt("probe"), 1000);
  for (let i = 0; i < ANSWER_RESERVE; i++) assert.ok(budget.take("answer", 500));
  assert.equal(budget.take("answer", 999), false);
  assert.ok(budget.take("answer", 1000));
  assert.equal(budget.take("answer", 1000), false);
  // One probe at each of the first milliseconds: another may go when enough of those have left the window.
  assert.equal(budget.take("probe", budget.againAt("probe") - 1), false);
  assert.ok(budget.take("probe", budget.againAt("probe")));
});

test("never more than the budget in any second, whatever is asked when", () => {
  const asked = fc.array(fc.tuple(fc.nat(20), fc.constantFrom("bulk" as const, "probe" as const, "answer" as const)), {
    maxLength: 3000,
  });
  fc.assert(
    fc.property(asked, (requests) => {
      const budget = new ProbeBudget();
      const taken: number[] = [];
      let now = 0;
      for (const [pause, purpose] of requests) {
        now += pause < 18 ? 0 : pause;
        if (budget.take(purpose, now)) taken.push(now);
      }
      for (let i = PROBE_BUDGET; i < taken.length; i++) {
        assert.ok((taken[i] ?? 0) - (taken[i - PROBE_BUDGET] ?? 0) >= 1000);
      }
    }),
    { numRuns: 30 },
  );
});

test("one peer's share of the budget", () => {
  const node = new ProbeBudget();
  const [greedy, modest] = [new PeerProbeBudget(node), new PeerProbeBudget(node)];
  for (let i = 0; i < PEER_PROBE_LIMIT; i++) assert.ok(greedy.takeProbe(100));
  assert.equal(greedy.takeProbe(1099), false);
  assert.equal(greedy.probesAgainAt(), 1100);
  assert.ok(modest.takeProbe(1099));
  assert.ok(greedy.takeAnswer(1099));
  assert.ok(greedy.takeProbe(1100));
});

test("backoff doubles from a second to a minute", () => {
  assert.deepEqual([1, 2, 3, 6, 7, 8, 1000].map(backoffMs), [1000, 2000, 4000, 32_000, 60_000, 60_000, 60_000]);
});

const BOOT = (n: number) => new Uint8Array(8).fill(n);

test("a counter is admitted once, within 64 of the highest", () => {
  const window = new ReplayWindow();
  assert.equal(window.admit(BOOT(1), 100), "fresh");
  assert.equal(window.admit(BOOT(1), 100), "replayed");
  assert.equal(window.admit(BOOT(1), 37), "fresh");
  assert.equal(window.admit(BOOT(1), 37), "replayed");
  assert.equal(window.admit(BOOT(1), 36), "replayed");
  assert.equal(window.admit(BOOT(1), 2 ** 53 - 1), "fresh");
  assert.equal(window.admit(BOOT(1), 100), "replayed");
});

test("four boots are remembered; a new one says that the peer restarted, a known one does not", () => {
  const window = new ReplayWindow();
  assert.equal(window.admit(BOOT(1), 5), "fresh");
  assert.equal(window.admit(BOOT(2), 1), "fresh-after-restart");
  assert.equal(window.admit(BOOT(1), 5), "replayed");
  assert.equal(window.admit(BOOT(1), 6), "fresh");
  for (const boot of [3, 4]) assert.equal(window.admit(BOOT(boot), 1), "fresh-after-restart");
  assert.equal(window.admit(BOOT(1), 6), "replayed");
  window.admit(BOOT(5), 1);
  assert.equal(window.admit(BOOT(2), 1), "replayed");
});

test("the window agrees with a set of all counters seen", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 200 }), { maxLength: 300 }), (counters) => {
      const window = new ReplayWindow();
      const seen = new Set<number>();
      let highest = 0;
      for (const counter of counters) {
        const expected = seen.has(counter) || counter <= highest - 64 ? "replayed" : "fresh";
        assert.equal(window.admit(BOOT(1), counter), expected);
        seen.add(counter);
        highest = Math.max(highest, counter);
      }
    }),
  );
});

test("a pong counts once, for its ping, from the pinged address, in time", () => {
  const [a, b] = [address("198.51.100.1:1"), address("198.51.100.2:1")];
  const id = (n: number) => new Uint8Array(12).fill(n);
  const pings = new OutstandingPings();
  pings.add(id(1), a, 100);
  pings.add(id(2), a, 100);
  assert.equal(pings.settle(id(3), a, 120), undefined);
  assert.equal(pings.settle(id(1), b, 120), undefined);
  assert.equal(pings.settle(id(1), a, 142), 42);
  assert.equal(pings.settle(id(1), a, 142), undefined);
  assert.equal(pings.settle(id(2), a, 5100), undefined);
});

test("an attempt is settled once; sixteen are remembered", () => {
  const numbers = new AttemptNumbers((length) => new Uint8Array(length).fill(255));
  const own = numbers.own();
  assert.equal(own, 2 ** 32);
  assert.equal(numbers.settle(own), false);
  for (let n = 1; n <= 15; n++) assert.ok(numbers.settle(n));
  assert.equal(numbers.settle(own), false);
  assert.ok(numbers.settle(16));
  assert.ok(numbers.settle(own));
});

const LAN = address("192.168.1.2:1");
const IPV6 = address("[2001:db8::1]:1");
const IPV4 = address("198.51.100.1:1");
const path = (at: SocketAddress, rttMs: number) => ({ address: at, rttMs });

test("a clear gain overtakes; among equals the LAN, then IPv6", () => {
  assert.equal(beats(path(IPV4, 14.9), path(IPV4, 20)), true);
  assert.equal(beats(path(IPV4, 15), path(IPV4, 20)), false);
  assert.equal(beats(path(IPV4, 84), path(IPV4, 100)), true);
  assert.equal(beats(path(IPV4, 85), path(IPV4, 100)), false);
  assert.equal(beats(path(LAN, 21), path(IPV4, 20)), true);
  assert.equal(beats(path(LAN, 21.1), path(IPV4, 20)), false);
  assert.equal(beats(path(IPV6, 20), path(IPV4, 20)), true);
  assert.equal(beats(path(LAN, 20), path(IPV6, 20)), true);
  assert.equal(beats(path(IPV4, 20), path(LAN, 20)), false);
});

test("two paths never take turns on the same measurements", () => {
  const anyPath = fc.record({
    address: fc.constantFrom(LAN, IPV6, IPV4),
    rttMs: fc.double({ min: 0.1, max: 400, noNaN: true }),
  });
  fc.assert(
    fc.property(anyPath, anyPath, (a, b) => {
      assert.ok(!(beats(a, b) && beats(b, a)));
      const once = rerank([a, b]);
      assert.deepEqual(rerank(once), once);
    }),
  );
});
