import assert from "node:assert/strict";
import { test } from "node:test";
import { UdpHealth } from "../../../src/paths/udp-health.ts";

/** What happens until `end`, with its times. */
function run(health: UdpHealth, from: number, end: number): readonly (readonly [number, string])[] {
  const seen: (readonly [number, string])[] = [];
  for (let now = from; now <= end; now++) {
    if ((health.pollTimeout() ?? Infinity) <= now) health.handleTimeout(now);
    for (let event = health.pollEvent(); event !== undefined; event = health.pollEvent()) seen.push([now, event]);
  }
  return seen;
}

void test("at the start UDP has a head start; then it is tried again every eight", () => {
  const health = new UdpHealth();
  health.handleSessions(true, false, 0);
  assert.deepEqual(run(health, 0, 20_000), [
    [60, "blocked"],
    [8060, "retry"],
    [16_060, "retry"],
  ]);
  health.handleSessions(true, true, 20_001);
  assert.deepEqual(run(health, 20_001, 60_000), [[20_001, "open"]]);
  assert.equal(health.blocked, false);
});

void test("a relay that answers has the time for a second round trip", () => {
  const health = new UdpHealth();
  health.handleSessions(true, false, 0);
  assert.deepEqual(run(health, 0, 55), []);
  health.handleAnswer();
  assert.deepEqual(run(health, 55, 200), [[100, "blocked"]]);
});

void test("a lost session leaves less time, one that comes back in it changes nothing", () => {
  const health = new UdpHealth();
  health.handleSessions(true, true, 0);
  health.handleSessions(true, false, 1000);
  health.handleSessions(true, true, 1700);
  assert.deepEqual(run(health, 1700, 5000), []);
  health.handleSessions(true, false, 6000);
  health.handleSessions(true, false, 6500);
  assert.deepEqual(run(health, 6000, 7000), [[6750, "blocked"]]);
});

void test("where no session is wanted, silence says nothing", () => {
  const health = new UdpHealth();
  health.handleSessions(false, false, 0);
  assert.deepEqual(run(health, 0, 10_000), []);
});
