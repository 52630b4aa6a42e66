import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { seededRandom } from "../../sim/random.ts";
import { condense, median, type Point, slopeOf, studentQuantile, theilSen } from "../../soak/statistics.ts";

const DAY = 86_400;

/** A line with noise that remembers itself: x[n] = memory * x[n-1] + something new. */
function series(perDay: number, memory: number, seed: number, count = 540): readonly Point[] {
  const random = seededRandom(seed);
  let noise = 0;
  return Array.from({ length: count }, (_, index) => {
    const at = 900 + index * 5;
    noise = memory * noise + random.unit() - 0.5;
    return { at, value: 60 + (perDay * at) / DAY + noise };
  });
}

describe("the robust slope", () => {
  it("is that of the line, whatever a few samples say", () => {
    const line = Array.from({ length: 50 }, (_, at) => ({ at, value: 2 * at + 1 }));
    assert.equal(theilSen(line), 2);
    const spiked = line.map((point, index) => (index % 10 === 0 ? { ...point, value: 1e6 } : point));
    assert.ok(Math.abs(theilSen(spiked) - 2) < 0.05);
  });

  it("has an interval that holds the true one, and not zero where the growth is clear", () => {
    for (let seed = 1; seed <= 5; seed += 1) {
      const slope = slopeOf(series(100, 0.8, seed), { error: 0.01, seed });
      assert.ok(slope !== undefined && slope.lowPerDay > 0, `seed ${seed}`);
      assert.ok(slope.lowPerDay < 100 && slope.highPerDay > 100, `seed ${seed}`);
    }
  });

  it("has zero in its interval where nothing grows, although samples resemble those before them", () => {
    for (const memory of [0, 0.5, 0.9]) {
      let surprises = 0;
      for (let seed = 1; seed <= 20; seed += 1) {
        const slope = slopeOf(series(0, memory, seed), { error: 0.001, seed });
        if (slope === undefined || slope.lowPerDay > 0 || slope.highPerDay < 0) surprises += 1;
      }
      assert.ok(surprises <= 1, `memory ${memory}: ${surprises} of 20`);
    }
  });

  it("is zero for what never changes, and unknown for what was hardly looked at", () => {
    const flat = Array.from({ length: 100 }, (_, at) => ({ at, value: 30 }));
    const slope = slopeOf(flat, { error: 0.05, seed: 1 });
    assert.deepEqual(slope, { perDay: 0, lowPerDay: 0, highPerDay: 0 });
    assert.equal(slopeOf(flat.slice(0, 7), { error: 0.05, seed: 1 }), undefined);
    assert.equal(slopeOf([], { error: 0.05, seed: 1 }), undefined);
  });
});

describe("its parts", () => {
  it("puts samples together by their median", () => {
    const points = Array.from({ length: 100 }, (_, at) => ({ at, value: at === 50 ? 1e9 : at }));
    const few = condense(points, 10);
    assert.equal(few.length, 10);
    assert.ok(few.every(({ value }) => value < 100));
    assert.deepEqual(condense(points.slice(0, 5), 10), points.slice(0, 5));
    assert.equal(median([3, 1, 2, 10]), 2.5);
  });

  it("knows Student's table", () => {
    for (const [probability, freedom, value] of [
      [0.975, 10, 2.228],
      [0.975, 30, 2.042],
      [0.995, 8, 3.355],
      [0.5, 5, 0],
    ] as const) {
      assert.ok(Math.abs(studentQuantile(probability, freedom) - value) < 0.02, `${probability} ${freedom}`);
    }
  });
});
