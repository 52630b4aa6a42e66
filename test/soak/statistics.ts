// Whether a series grows: the robust slope (Theil 1950, Sen 1968: the median of the slopes of all pairs), and how sure it is. Samples that
// follow each other resemble each other, so that each tells less than an independent one would: the spread of the slope comes from
// resampling what the line leaves over in blocks (Künsch 1989), which keeps that resemblance.
import { seededRandom, type Random } from "../sim/random.ts";

export interface Point {
  /** Seconds. */
  readonly at: number;
  readonly value: number;
}

export interface Slope {
  readonly perDay: number;
  /** The interval that holds the true slope with the confidence asked for. */
  readonly lowPerDay: number;
  readonly highPerDay: number;
}

export interface SlopeOptions {
  /** How unlikely a slope beyond the interval is, where there is none: 0.05. */
  readonly error: number;
  readonly seed: number;
}

const SECONDS_PER_DAY = 86_400;
/** Samples are put together to at most so many, by their median: enough for a slope, and a spike is no member of them. */
const MOST_POINTS = 60;
const LEAST_POINTS = 8;
const RESAMPLES = 400;

/** Undefined where there are too few points to tell anything. */
export function slopeOf(points: readonly Point[], { error, seed }: SlopeOptions): Slope | undefined {
  const few = condense(points, MOST_POINTS);
  if (few.length < LEAST_POINTS) return undefined;
  const slope = theilSen(few);
  const level = median(few.map(({ at, value }) => value - slope * at));
  const line = few.map(({ at }) => level + slope * at);
  const rest = few.map(({ value }, index) => value - (line[index] ?? 0));
  const perDay = slope * SECONDS_PER_DAY;
  if (rest.every((each) => each === 0)) return { perDay, lowPerDay: perDay, highPerDay: perDay };
  const length = blockLength(rest);
  const random = seededRandom(seed);
  const resampled = Array.from({ length: RESAMPLES }, () => {
    const noise = resampleBlocks(rest, length, random);
    return theilSen(few.map(({ at }, index) => ({ at, value: (line[index] ?? 0) + (noise[index] ?? 0) })));
  });
  // Only whole blocks are independent of each other; level and slope were taken out of them, which makes them look calmer than they are.
  const blocks = few.length / length;
  const spread = deviation(resampled) * Math.sqrt(blocks / (blocks - 3));
  const margin = studentQuantile(1 - error / 2, blocks - 2) * spread;
  return {
    perDay,
    lowPerDay: (slope - margin) * SECONDS_PER_DAY,
    highPerDay: (slope + margin) * SECONDS_PER_DAY,
  };
}

/** Medians of equal spans of time. */
export function condense(points: readonly Point[], most: number): readonly Point[] {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined || points.length <= most) return points;
  const span = (last.at - first.at) / most;
  const bins = Map.groupBy(points, ({ at }) => Math.min(most - 1, Math.floor((at - first.at) / span)));
  return [...bins.values()].map((bin) => ({
    at: median(bin.map(({ at }) => at)),
    value: median(bin.map(({ value }) => value)),
  }));
}

export function theilSen(points: readonly Point[]): number {
  const slopes: number[] = [];
  for (const [index, left] of points.entries()) {
    for (let other = index + 1; other < points.length; other += 1) {
      const right = points[other];
      if (right !== undefined && right.at !== left.at) slopes.push((right.value - left.value) / (right.at - left.at));
    }
  }
  return slopes.length === 0 ? 0 : median(slopes);
}

export function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  const high = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? high : (high + (sorted[middle - 1] ?? NaN)) / 2;
}

/** As long as what is left over remembers itself (a correlation above a fifth), and some more; at least four blocks. */
function blockLength(rest: readonly number[]): number {
  const longest = Math.floor(rest.length / 4);
  let lag = 1;
  while (lag < longest && autocorrelation(rest, lag) > 0.2) lag += 1;
  return Math.min(longest, Math.max(Math.round(Math.cbrt(rest.length)), 2 * lag));
}

function autocorrelation(values: readonly number[], lag: number): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  let [common, all] = [0, 0];
  for (const [index, value] of values.entries()) {
    all += (value - mean) ** 2;
    const later = values[index + lag];
    if (later !== undefined) common += (value - mean) * (later - mean);
  }
  return all === 0 ? 0 : common / all;
}

function resampleBlocks(rest: readonly number[], length: number, random: Random): readonly number[] {
  const drawn: number[] = [];
  while (drawn.length < rest.length) {
    const start = random.integer(0, rest.length - 1);
    for (let index = 0; index < length && drawn.length < rest.length; index += 1) {
      drawn.push(rest[(start + index) % rest.length] ?? 0);
    }
  }
  return drawn;
}

function deviation(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}

/** Of Student's distribution, as the normal one expanded in the degrees of freedom (Abramowitz & Stegun 26.7.5). */
export function studentQuantile(probability: number, freedom: number): number {
  const z = normalQuantile(probability);
  const [z3, z5, z7] = [z ** 3, z ** 5, z ** 7];
  return (
    z +
    (z3 + z) / (4 * freedom) +
    (5 * z5 + 16 * z3 + 3 * z) / (96 * freedom ** 2) +
    (3 * z7 + 19 * z5 + 17 * z3 - 15 * z) / (384 * freedom ** 3)
  );
}

/** Of the standard normal distribution, by bisection of its integral. */
function normalQuantile(probability: number): number {
  let [low, high] = [-10, 10];
  for (let round = 0; round < 60; round += 1) {
    const middle = (low + high) / 2;
    if (normalIntegral(middle) < probability) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Marsaglia's series (2004): exact to the last digits of a double. */
function normalIntegral(x: number): number {
  let [sum, term, before] = [x, x, 0];
  for (let divisor = 3; sum !== before; divisor += 2) {
    before = sum;
    term *= (x * x) / divisor;
    sum += term;
  }
  return 0.5 + sum * Math.exp(-0.5 * x * x - 0.918_938_533_204_672_8);
}
