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

/** When it counts as blocked, for who hears nothing. */
function blockedAt(roundTripMs?: number): number | undefined {
  const health = new UdpHealth();
  if (roundTripMs !== undefined) health.handleRoundTrip(roundTripMs);
  health.handleSessions(true, false, 0);
  return run(health, 0, 5000)[0]?.[0];
}

void test("at the start UDP has a head start; then it is tried again every eight seconds", () => {
  const health = new UdpHealth();
  health.handleSessions(true, false, 0);
  assert.deepEqual(run(health, 0, 20_000), [
    [250, "blocked"],
    [8250, "retry"],
    [16_250, "retry"],
  ]);
  health.handleSessions(true, true, 20_001);
  assert.deepEqual(run(health, 20_001, 60_000), [[20_001, "open"]]);
  assert.equal(health.blocked, false);
});

void test("the head start is a round trip with some room, where one is known", () => {
  for (const roundTripMs of [0, 1, 20, 80, 160, 600]) assert.equal(blockedAt(roundTripMs), roundTripMs + 30);
  assert.equal(blockedAt(20_000), 2000);
});

void test("a round trip that becomes known late shortens what is left", () => {
  const health = new UdpHealth();
  health.handleSessions(true, false, 0);
  assert.deepEqual(run(health, 0, 90), []);
  health.handleRoundTrip(20);
  assert.deepEqual(run(health, 91, 300), [[96, "blocked"]]);
});

void test("a relay that is far away and answers in its time costs no connection", () => {
  const health = new UdpHealth();
  health.handleRoundTrip(160);
  health.handleSessions(true, false, 0);
  assert.deepEqual(run(health, 0, 165), []);
  health.handleAnswer();
  assert.deepEqual(run(health, 166, 330), []);
  health.handleSessions(true, true, 331);
  assert.deepEqual(run(health, 331, 5000), []);
});

void test("who was too busy to be woken in time listens before it judges", () => {
  const busy = (isAnswered: boolean) => {
    const health = new UdpHealth();
    health.handleSessions(true, false, 0);
    health.handleTimeout(300);
    assert.equal(health.pollEvent(), undefined);
    if (isAnswered) health.handleAnswer();
    return run(health, 300, 500);
  };
  assert.deepEqual(busy(true), []);
  assert.deepEqual(busy(false), [[305, "blocked"]]);
});

void test("a relay that answers but gives no session is waited for as one that was lost", () => {
  const health = new UdpHealth();
  health.handleSessions(true, false, 0);
  health.handleAnswer();
  assert.deepEqual(run(health, 0, 1000), [[750, "blocked"]]);
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

void test("another network may be as far away as any", () => {
  const health = new UdpHealth();
  health.handleRoundTrip(20);
  health.handleNetworkChange(0);
  health.handleSessions(true, false, 0);
  assert.deepEqual(run(health, 0, 1000), [[250, "blocked"]]);
});

void test("where no session is wanted, silence says nothing", () => {
  const health = new UdpHealth();
  health.handleSessions(false, false, 0);
  assert.deepEqual(run(health, 0, 10_000), []);
});
