// Does anything grow? Every metric of every process that lived from the end of the warm-up to the end of the run.
import { lives, type Metric, METRICS } from "./metrics.ts";
import type { SoakRecord } from "./record.ts";
import { type Point, type Slope, slopeOf } from "./statistics.ts";

export interface Row {
  readonly process: string;
  readonly metric: string;
  readonly unit: string;
  readonly start: number;
  readonly end: number;
  readonly slope: Slope;
  /** Zero is not within the interval, and the slope goes upwards. */
  readonly grows: boolean;
  readonly material: boolean;
  /** The second half may well be half as steep, or steeper: what fills up levels off, what leaks goes on. */
  readonly lasts: boolean;
}

export interface Verdict {
  readonly rows: readonly Row[];
  /** Of those, the ones that make the run fail. */
  readonly growing: readonly Row[];
}

/** The intervals of all rows hold together with 95 %: with dozens of them, one in twenty would look like growth by chance. */
const ERROR = 0.05;

export function judge(record: SoakRecord): Verdict {
  const { seconds, warmUpSeconds, seed } = record;
  const judged = record.processes.flatMap((process) => {
    const life = lives(process).at(-1) ?? [];
    const [first, last] = [life[0], life.at(-1)];
    const isWhole = first !== undefined && first.at <= warmUpSeconds && last !== undefined && last.at > 0.95 * seconds;
    return isWhole ? [{ name: process.name, samples: life.filter(({ at }) => at >= warmUpSeconds) }] : [];
  });
  const series = judged.flatMap(({ name, samples }) =>
    METRICS.map((metric) => ({ name, metric, points: metric.points(samples) })),
  );
  const error = ERROR / Math.max(1, series.length);
  const rows = series.flatMap(({ name, metric, points }) => {
    const slope = slopeOf(points, { error, seed });
    return slope === undefined ? [] : [rowOf(name, metric, points, slope)];
  });
  return { rows, growing: rows.filter(({ grows, material, lasts }) => grows && material && lasts) };
}

function rowOf(process: string, metric: Metric, points: readonly Point[], slope: Slope): Row {
  const tenth = Math.max(1, Math.floor(points.length / 10));
  const mean = (some: typeof points): number => some.reduce((sum, { value }) => sum + value, 0) / some.length;
  return {
    ...{ process, metric: metric.name, unit: metric.unit, slope },
    start: mean(points.slice(0, tenth)),
    end: mean(points.slice(-tenth)),
    grows: slope.lowPerDay > 0,
    material: slope.perDay >= metric.materialPerDay,
    lasts: goesOn(points, slope),
  };
}

function goesOn(points: readonly Point[], { perDay, lowPerDay }: Slope): boolean {
  if (lowPerDay <= 0) return false;
  const half = slopeOf(points.slice(points.length >> 1), { error: ERROR, seed: 1 });
  return half === undefined || half.highPerDay >= perDay / 2;
}
