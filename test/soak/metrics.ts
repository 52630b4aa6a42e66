// What is measured of a process, in which unit, and from which growth on it matters.
import type { Point } from "./statistics.ts";
import type { ProcessRecord, Sample } from "./record.ts";

export interface Metric {
  readonly name: string;
  readonly unit: string;
  /** Growth a day from which on it matters to somebody who leaves the program running for months. */
  readonly materialPerDay: number;
  readonly points: (samples: readonly Sample[]) => readonly Point[];
}

/** A month of it would double what a node may have resident (test/lab/idle.ts). */
const MATERIAL_MB_PER_DAY = 70 / 30;

export const METRICS: readonly Metric[] = [
  gauge("resident memory", "MB", MATERIAL_MB_PER_DAY, ({ residentMb }) => residentMb),
  gauge("anonymous memory", "MB", MATERIAL_MB_PER_DAY, ({ anonymousMb }) => anonymousMb),
  gauge("JavaScript heap", "MB", MATERIAL_MB_PER_DAY, ({ heapMb }) => heapMb),
  gauge("external memory", "MB", MATERIAL_MB_PER_DAY, ({ externalMb }) => externalMb),
  gauge("descriptors", "", 1, ({ descriptors }) => descriptors),
  gauge("active resources", "", 1, ({ resources }) => resources),
  gauge("threads", "", 1, ({ threads }) => threads),
  { name: "wake-ups", unit: "/s", materialPerDay: 0.5, points: wakeUpRate },
];

function gauge(
  name: string,
  unit: string,
  materialPerDay: number,
  valueOf: (sample: Sample) => number | undefined,
): Metric {
  const points = (samples: readonly Sample[]): readonly Point[] =>
    samples.flatMap((sample) => {
      const value = valueOf(sample);
      return value === undefined ? [] : [{ at: sample.at, value }];
    });
  return { name, unit, materialPerDay, points };
}

function wakeUpRate(samples: readonly Sample[]): readonly Point[] {
  return samples.slice(1).flatMap((sample, index) => {
    const before = samples[index];
    // Those of a thread that ended are not counted any more.
    if (before?.pid !== sample.pid || sample.at <= before.at) return [];
    return [{ at: sample.at, value: Math.max(0, sample.wakeUps - before.wakeUps) / (sample.at - before.at) }];
  });
}

/** Consecutive samples of one life of the process. */
export function lives({ samples }: Pick<ProcessRecord, "samples">): readonly (readonly Sample[])[] {
  return [...Map.groupBy(samples, ({ pid }) => pid).values()];
}
