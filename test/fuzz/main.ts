// npm run fuzz -- [--minutes N] [--only TARGET,...] [--seed S] [--jobs N] [--json FILE] [--list]
// Every parser of foreign bytes, guided by coverage; a minute in all unless told otherwise. What is found is written to the
// regressions, which the tests run, and ends the run with status 1.
//   npm run fuzz -- --planted        planted bugs, with guidance and without: the guided ones must find them
//   npm run fuzz -- --replay FILE    one input of the regressions again
import { existsSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { basename, dirname, resolve } from "node:path";
import { parseArgs } from "node:util";
import { say } from "../../scripts/console.ts";
import { saveJson } from "../../scripts/json-file.ts";
import { shareOut } from "../lab/workers.ts";
import { complaint } from "./fuzzer.ts";
import type { Outcome } from "./outcome.ts";
import { findPlanted } from "./planted-run.ts";
import { FuzzProgress, printOutcomes } from "./report.ts";
import { buildNative, type NativeFuzzer, replayNative, runNative } from "./run-native.ts";
import { FuzzThread } from "./fuzz-thread.ts";
import { removeScratch } from "./scratch.ts";
import { TARGET_NAMES, loadTarget } from "./targets/index.ts";

const DEFAULT_MINUTES = 1;
const USAGE = 2;

interface Job {
  readonly name: string;
  readonly native: NativeFuzzer | undefined;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      minutes: { type: "string", default: String(DEFAULT_MINUTES) },
      only: { type: "string" },
      seed: { type: "string", default: "1" },
      jobs: { type: "string", default: String(availableParallelism()) },
      json: { type: "string" },
      list: { type: "boolean", default: false },
      planted: { type: "boolean", default: false },
      replay: { type: "string" },
    },
  });
  const [minutes, seed, jobs] = [Number(values.minutes), Number(values.seed), Number(values.jobs)];
  if (!(minutes > 0) || !Number.isSafeInteger(seed) || !Number.isSafeInteger(jobs) || seed < 1 || jobs < 1) {
    say("--minutes is a number above zero; --seed and --jobs are whole numbers from 1");
    return USAGE;
  }
  if (values.replay !== undefined) return await replay(resolve(values.replay));
  const wanted = values.only?.split(",");
  const needsNative = wanted?.every((name) => TARGET_NAMES.includes(name)) !== true;
  const native = needsNative ? await buildNative() : undefined;
  if (needsNative && native === undefined) return 1;
  if (values.planted && native !== undefined) return await findPlanted(native, seed);
  const all: readonly Job[] = [
    ...TARGET_NAMES.map((name) => ({ name, native: undefined })),
    ...[...(native?.targets.keys() ?? [])].map((name) => ({ name, native })),
  ];
  const unknown = wanted?.find((name) => !all.some((job) => job.name === name));
  if (unknown !== undefined || values.list) {
    if (unknown !== undefined) say(`no target "${unknown}"; there are`);
    for (const { name } of all) say(`  ${name}`);
    return values.list ? 0 : USAGE;
  }
  const chosen = all.filter(({ name }) => wanted?.includes(name) ?? true);
  const started = performance.now();
  const outcomes = await runAll(chosen, { minutes, seed, jobs });
  printOutcomes(outcomes, { seconds: (performance.now() - started) / 1000, seed });
  saveJson(values.json, { seed, minutes, jobs, outcomes });
  return outcomes.every(({ problem }) => problem === undefined) ? 0 : 1;
}

interface Plan {
  readonly minutes: number;
  readonly seed: number;
  readonly jobs: number;
}

/** `jobs` at a time, each target for its share of the time. */
async function runAll(chosen: readonly Job[], { minutes, seed, jobs }: Plan): Promise<readonly Outcome[]> {
  const lanes = Math.min(jobs, chosen.length);
  const milliseconds = (minutes * 60_000 * lanes) / chosen.length;
  const progress = new FuzzProgress(chosen.length);
  const outcomes: Outcome[] = [];
  using all = new DisposableStack();
  const threads = Array.from({ length: lanes }, () => all.use(new FuzzThread()));
  await shareOut(chosen, threads, async (thread, { name, native }) => {
    const share = { seed, milliseconds, inputs: Infinity, guided: true, keep: true, onProgress: progress.of(name) };
    const outcome = native === undefined ? await thread.run(name, share) : await runNative(native, name, share);
    outcomes.push(outcome);
    progress.done(outcome);
  });
  progress.end();
  return chosen.flatMap(({ name }) => outcomes.filter(({ target }) => target === name));
}

/** FILE lies in the folder of its target. */
async function replay(file: string): Promise<number> {
  const name = basename(dirname(file));
  if (!existsSync(file)) {
    say(`there is no file ${file}; what was found lies in the folder of its target`);
    return USAGE;
  }
  const target = await loadTarget(name);
  let words: string | undefined;
  if (target === undefined) {
    const native = await buildNative();
    if (native === undefined) return 1;
    words = await replayNative(native, name, file);
  } else {
    words = await complaint(target, new Uint8Array(readFileSync(file)));
  }
  say(words ?? `${name}: nothing is wrong with this input`);
  return words === undefined ? 0 : 1;
}

process.once("exit", removeScratch);
// Targets may leave a server behind.
process.exit(await main());
