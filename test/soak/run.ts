// One soak run: a world, two streams of acts (what happens to the mesh, what people do with it), and a look at every daemon again and again.
import { setTimeout as sleep } from "node:timers/promises";
import { type Random, seededRandom } from "../sim/random.ts";
import { type Act, CHURN } from "./churn.ts";
import { logVolume } from "./log-volume.ts";
import { type SoakEvent, type SoakRecord, warmUpOf } from "./record.ts";
import { Sampler } from "./sampler.ts";
import { Damaged, TRAFFIC } from "./traffic.ts";
import { World } from "./world.ts";

export interface SoakOptions {
  readonly seed: number;
  readonly seconds: number;
  readonly onProgress: (text: string) => void;
  /** Now and then, so that a run that is ended early leaves something. */
  readonly onRecord: (record: SoakRecord) => void;
}

const LEAST_INTERVAL_SECONDS = 5;
/** No more of each process than a plot and its statistics need. */
const MOST_SAMPLES = 1440;
const RECORD_EVERY_SECONDS = 60;
/** Between the acts of a stream. */
const CHURN_PAUSE_MS = [4_000, 16_000] as const;
const TRAFFIC_PAUSE_MS = [1_000, 5_000] as const;
/** An act that ends later than the run is not waited for longer than this. */
const LAST_ACT_MS = 30_000;

export async function soak({ seed, seconds, onProgress, onRecord }: SoakOptions): Promise<SoakRecord> {
  using world = await World.start(onProgress);
  const startedAt = performance.now();
  const elapsed = (): number => (performance.now() - startedAt) / 1000;
  const events: SoakEvent[] = [];
  const sampler = new Sampler(world.watched, elapsed);
  const record = (): SoakRecord => {
    const ran = Math.min(elapsed(), seconds);
    const logs = world.lab.lab.hosts.flatMap((host) => logVolume(host));
    const known = { seed, seconds: ran, warmUpSeconds: warmUpOf(ran), events: [...events] };
    return { version: 1, ...known, processes: sampler.records, logs };
  };
  const ending = new AbortController();
  const note = (event: SoakEvent): void => void events.push(event);
  const streams = [
    perform(CHURN, CHURN_PAUSE_MS, { world, random: seededRandom(seed), elapsed, note, signal: ending.signal }),
    perform(TRAFFIC, TRAFFIC_PAUSE_MS, { world, random: seededRandom(~seed), elapsed, note, signal: ending.signal }),
  ];
  const interval = Math.max(LEAST_INTERVAL_SECONDS, seconds / MOST_SAMPLES);
  let recordedAt = 0;
  for (let next = 0; next < seconds; next = Math.max(next + interval, elapsed())) {
    await sleep(Math.max(0, 1000 * (next - elapsed())));
    await sampler.sample();
    onProgress(progressText(elapsed(), seconds, events));
    if (elapsed() - recordedAt > RECORD_EVERY_SECONDS) {
      recordedAt = elapsed();
      onRecord(record());
    }
  }
  ending.abort();
  await Promise.race([Promise.all(streams), sleep(LAST_ACT_MS, undefined, { ref: false })]);
  for (const name of world.dead) note({ at: seconds, kind: "death", text: name, problem: `${name} ended by itself` });
  return record();
}

interface Stage {
  readonly world: World;
  readonly random: Random;
  readonly elapsed: () => number;
  readonly note: (event: SoakEvent) => void;
  readonly signal: AbortSignal;
}

async function perform(acts: readonly Act[], pauseMs: readonly [number, number], stage: Stage): Promise<void> {
  const { world, random, elapsed, note, signal } = stage;
  const choices = acts.flatMap((act) => Array.from({ length: act.weight }, () => act));
  while (!signal.aborted) {
    const { kind, run } = random.pick(choices);
    const at = elapsed();
    try {
      note({ at, kind, text: await run(world, random) });
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      note({ at, kind: error instanceof Damaged ? "damage" : kind, text: kind, problem });
    }
    await sleep(random.integer(...pauseMs), undefined, { signal }).catch(() => undefined);
  }
}

function progressText(elapsedSeconds: number, seconds: number, events: readonly SoakEvent[]): string {
  const minutes = (value: number): string => (value / 60).toFixed(0);
  const troubles = events.filter(({ problem }) => problem !== undefined).length;
  const last = events.at(-1)?.text ?? "";
  return `${minutes(elapsedSeconds)} of ${minutes(seconds)} min, ${events.length} acts, ${troubles} with trouble; ${last}`;
}
