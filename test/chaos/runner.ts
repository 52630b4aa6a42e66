// Faults one after the other on one mesh, each several times. What went wrong once may go on to spoil what follows: then the next try gets
// a new mesh.
import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { seededRandom } from "../sim/random.ts";
import type { Fault, Trial } from "./fault.ts";
import { compareInventories, type Inventory, remainsOf } from "./inventory.ts";
import { World } from "./world.ts";

export interface Row {
  readonly fault: string;
  readonly words: string;
  readonly tried: number;
  readonly recoveryMs: { readonly p50: number; readonly max: number };
  readonly lost: number;
  readonly problems: readonly string[];
  readonly trials: readonly Trial[];
}

export interface ChaosRun {
  readonly faults: readonly Fault[];
  readonly seed: number;
  /** Of each fault; undefined: as many as it has by itself. */
  readonly times: number | undefined;
  readonly long: boolean;
  readonly clockShim: string;
  /** A folder for the logs of what failed. */
  readonly keepLogs: string;
  readonly onProgress: (text: string) => void;
  readonly onRow: (row: Row) => void;
}

/** A fault that failed that often is known to fail. */
const MAX_FAILURES = 3;
/** Stays when daemons end. */
const STATE = /: file (?:node|relay|coordinator)(?:\/|$)/;
const CLEAN_MS = 5000;
const POLL_MS = 200;

/** The last row is about what is left when all is over. */
export async function runChaos(run: ChaosRun): Promise<readonly Row[]> {
  const site = new Site(run);
  const rows: Row[] = [];
  const add = (row: Row): void => {
    rows.push(row);
    run.onRow(row);
  };
  try {
    for (const group of groupsOf(run.faults)) for (const row of await runInTurns(site, run, group)) add(row);
    add(rowOf("teardown", "all daemons ended, and nothing is left of them", [await site.tearDown()]));
  } finally {
    site.destroy();
  }
  return rows;
}

function groupsOf(faults: readonly Fault[]): readonly (readonly Fault[])[] {
  return Object.values(Object.groupBy(faults, ({ name, turns }) => turns ?? name)).map((group) => group ?? []);
}

async function runInTurns(site: Site, run: ChaosRun, faults: readonly Fault[]): Promise<readonly Row[]> {
  const columns = faults.map((fault) => ({ fault, times: run.times ?? fault.times, trials: new Array<Trial>() }));
  const rounds = Math.max(...columns.map(({ times }) => times));
  for (let number = 0; number < rounds; number++) {
    for (const { fault, times, trials } of columns) {
      const failures = trials.filter(({ problems }) => problems.length > 0).length;
      if (number >= times || failures >= MAX_FAILURES) continue;
      const done = `${fault.words}: ${number} of ${times}`;
      run.onProgress(done);
      const trial = await tryOnce(site, run, fault, number);
      trials.push(trial);
      run.onProgress(`${done}; last ${trial.what}, ${trial.recoveryMs.toFixed(0)} ms`);
      if (trial.problems.length > 0) await site.renew(`${fault.name}-${number}`);
    }
  }
  return columns.map(({ fault, trials }) => rowOf(fault.name, fault.words, trials));
}

async function tryOnce(site: Site, { seed, long }: ChaosRun, fault: Fault, number: number): Promise<Trial> {
  const random = seededRandom(seedOf(seed, fault.name, number));
  try {
    const world = await site.world();
    const trial = await fault.run(world, random, number, long);
    await world.settled();
    return { ...trial, problems: [...trial.problems, ...(await site.differences(fault.changes))] };
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    return { what: `try ${number}`, recoveryMs: Number.NaN, lost: 0, problems: [problem] };
  }
}

/** The same instants and victims for the same seed, whatever ran before. */
function seedOf(seed: number, fault: string, number: number): number {
  return createHash("sha256").update(`${seed} ${fault} ${number}`).digest().readUInt32BE();
}

/** The mesh that is being tried, and the next one after a failure. */
class Site {
  readonly #run: ChaosRun;
  #world: World | undefined;
  /** Of its machines before the try that goes on. */
  #before: Inventory = [];

  constructor(run: ChaosRun) {
    this.#run = run;
  }

  async world(): Promise<World> {
    if (this.#world === undefined) {
      this.#run.onProgress("making a mesh");
      this.#world = await World.start(this.#run.clockShim);
      await this.#world.settled();
      this.#before = await this.#world.inventory();
    }
    return this.#world;
  }

  /** Between the machines as they are now and as they were before, once that has come to rest. */
  async differences(changes: RegExp | undefined): Promise<readonly string[]> {
    const world = await this.world();
    const giveUpAt = performance.now() + CLEAN_MS;
    for (;;) {
      const now = await world.inventory();
      const differences = compareInventories(this.#before, now).filter((line) => changes?.test(line) !== true);
      if (differences.length === 0 || performance.now() > giveUpAt) {
        this.#before = now;
        return differences;
      }
      await sleep(POLL_MS);
    }
  }

  async renew(name: string): Promise<void> {
    this.#world?.lab.lab.saveLogs(`${this.#run.keepLogs}/${name}`);
    this.destroy();
  }

  /** Ends every daemon as a user would, looks at what is left on its machine, then at what is left of the lab on this one. */
  async tearDown(): Promise<Trial> {
    const world = await this.world();
    const { prefix, directory } = world.lab.lab;
    await world.stop();
    this.#before = world.bare;
    const problems = [...(await this.differences(STATE))];
    this.destroy();
    problems.push(...remainsOf(prefix, directory));
    return { what: "SIGTERM", recoveryMs: 0, lost: 0, problems };
  }

  destroy(): void {
    this.#world?.[Symbol.dispose]();
    this.#world = undefined;
  }
}

function rowOf(fault: string, words: string, trials: readonly Trial[]): Row {
  const times = trials.map(({ recoveryMs }) => recoveryMs).toSorted((a, b) => a - b);
  return {
    fault,
    words,
    tried: trials.length,
    recoveryMs: { p50: times[times.length >> 1] ?? 0, max: times.at(-1) ?? 0 },
    lost: trials.reduce((sum, { lost }) => sum + lost, 0),
    problems: trials.flatMap(({ what, problems }) => problems.map((problem) => `${what}: ${problem}`)),
    trials,
  };
}
