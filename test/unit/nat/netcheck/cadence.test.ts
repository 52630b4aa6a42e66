// When the network is checked without being asked.
import assert from "node:assert/strict";
import { test } from "node:test";
import { CheckCadence } from "../../../../src/nat/netcheck/index.ts";

const HOUR_MS = 3_600_000;

function cadence(random = 128) {
  const machine = new CheckCadence(() => Uint8Array.of(random), 0);
  return {
    machine,
    /** Times of checks until `end`. */
    run: (end: number): readonly number[] => {
      const times: number[] = [];
      for (let at = machine.pollTimeout(); at <= end; at = machine.pollTimeout()) {
        machine.handleTimeout(at);
        if (machine.pollEvent() === "due") times.push(at);
      }
      return times;
    },
  };
}

test("hourly, more or less", () => {
  for (const random of [0, 128, 255]) {
    const [first = 0, second = 0, third = 0] = cadence(random).run(5 * HOUR_MS);
    for (const pause of [first, second - first, third - second]) {
      assert.ok(pause > 0.89 * HOUR_MS && pause < 1.11 * HOUR_MS, String(pause));
    }
  }
});

test("once for changes that come together, and not for ever put off", () => {
  const { machine, run } = cadence();
  run(100_000);
  machine.handleNetworkChange(100_000);
  machine.handleNetworkChange(103_000);
  assert.deepEqual(run(1_000_000), [113_000]);
  const times: number[] = [];
  for (let now = 2_000_000; now < 2_100_000; now += 5000) {
    machine.handleNetworkChange(now);
    if (machine.pollEvent() === "due") times.push(now);
    times.push(...run(now + 4999));
  }
  assert.deepEqual(times, [2_060_000]);
});

test("a check that somebody asked for counts, but not before the network has settled", () => {
  const { machine, run } = cadence();
  machine.handleChecked(50_000);
  assert.deepEqual(run(HOUR_MS), []);
  machine.handleNetworkChange(HOUR_MS);
  machine.handleChecked(HOUR_MS + 1);
  assert.deepEqual(run(HOUR_MS + 20_000), [HOUR_MS + 10_000]);
});
