import assert from "node:assert/strict";
import { test } from "node:test";
import { type Measured, pathCost, RelayPreference } from "../../../src/paths/path-cost.ts";

const good: Measured = { rttMs: 40, loss: 0 };
const throttled: Measured = { rttMs: 60, loss: 0.2 };

test("loss costs more than its repetitions", () => {
  assert.equal(pathCost({ rttMs: 40, loss: 0 }), 40);
  assert.ok(pathCost({ rttMs: 40, loss: 0.1 }) > 100);
});

test("a relay goes first where it is much better for a while, and only then", () => {
  const preference = new RelayPreference();
  for (let now = 0; now < 12_000; now += 4000) assert.equal(preference.handleMeasurement(throttled, good, now), false);
  assert.equal(preference.handleMeasurement(throttled, good, 12_000), true);
  assert.ok(preference.preferred);
  assert.equal(preference.handleMeasurement(good, good, 16_000), false);
  assert.equal(preference.handleMeasurement(good, good, 20_000), true);
  assert.ok(!preference.preferred);
});

test("one bad measurement, or a relay that is only better, changes nothing", () => {
  const preference = new RelayPreference();
  for (let now = 0; now < 200_000; now += 4000) {
    const direct = now % 12_000 === 0 ? throttled : good;
    assert.equal(preference.handleMeasurement(direct, { rttMs: 30, loss: 0 }, now), false);
  }
});

test("a relay that is not measured is not preferred", () => {
  const preference = new RelayPreference();
  preference.handleMeasurement(throttled, good, 0);
  assert.equal(preference.handleMeasurement(throttled, good, 12_000), true);
  assert.equal(preference.handleMeasurement(throttled, undefined, 13_000), true);
  assert.ok(!preference.preferred);
});

test("a bad direct path does not go first again by dying and coming back", () => {
  const preference = new RelayPreference();
  preference.handleMeasurement(throttled, good, 0);
  preference.handleMeasurement(throttled, good, 12_000);
  assert.equal(preference.handleMeasurement(undefined, good, 16_000), false);
  assert.equal(preference.handleMeasurement(throttled, good, 20_000), false);
  assert.ok(preference.preferred);
});

test("what a lossy line measures by chance is no reason to use a relay on the same line", () => {
  const preference = new RelayPreference();
  const seen = { rttMs: 120, loss: 5 / 32 };
  for (let now = 0; now < 60_000; now += 4000) {
    assert.equal(preference.handleMeasurement(seen, { rttMs: 120, loss: 2 / 32 }, now), false);
    assert.equal(preference.handleMeasurement(seen, { rttMs: 120, loss: 0 }, now), false);
  }
});
