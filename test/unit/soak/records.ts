// Made-up soak runs, with noise like that of real ones: each sample remembers the one before.
import { seededRandom } from "../../sim/random.ts";
import { type ProcessRecord, type Sample, type SoakRecord, warmUpOf } from "../../soak/record.ts";

export const SECONDS = 3600;
const INTERVAL = 5;

export interface Behaviour {
  /** Megabytes an hour. */
  readonly leak?: number;
  /** Megabytes that the warm-up takes. */
  readonly warmsUpBy?: number;
  /** Seconds in which two thirds of that are done. */
  readonly warmsUpIn?: number;
  /** Megabytes an hour, of what belongs to no file. */
  readonly creep?: number;
  readonly descriptorsAnHour?: number;
  /** After so many seconds it is another process. */
  readonly restartsAt?: number;
}

export function recordOf(behaviours: Readonly<Record<string, Behaviour>>, seed = 1): SoakRecord {
  const processes = Object.entries(behaviours).map(([name, behaviour], index): ProcessRecord => ({
    name,
    role: "node",
    samples: samplesOf(behaviour, seed * 1000 + index),
  }));
  return { version: 1, seed, seconds: SECONDS, warmUpSeconds: warmUpOf(SECONDS), processes, events: [], logs: [] };
}

function samplesOf(behaviour: Behaviour, seed: number): readonly Sample[] {
  const { leak = 0, warmsUpBy = 0, warmsUpIn = 120, creep = 0 } = behaviour;
  const { descriptorsAnHour = 0, restartsAt = Infinity } = behaviour;
  const random = seededRandom(seed);
  let noise = 0;
  return Array.from({ length: SECONDS / INTERVAL }, (_, index) => {
    const at = index * INTERVAL;
    const hours = at / 3600;
    noise = 0.9 * noise + random.unit() - 0.5;
    const warm = warmsUpBy * (1 - Math.exp(-at / warmsUpIn));
    return {
      ...{ at, pid: at < restartsAt ? 1 : 2, threads: 11, wakeUps: 10 * index + random.integer(0, 3) },
      residentMb: 60 + leak * hours + warm + noise,
      anonymousMb: 35 + creep * hours + 0.1 * random.unit(),
      heapMb: 14 + 3 * random.unit(),
      externalMb: 3,
      descriptors: 30 + Math.floor(descriptorsAnHour * hours) + random.integer(0, 2),
      resources: 12,
    };
  });
}
