// npm run sim -- [--seeds N] [--seed S] [--mutant NAME|list|all]
// Thousands of small worlds, one for each seed. What fails is printed with its seed, and `--seed` runs that one alone. A mutant is a
// planted bug: the run then succeeds if it is found.
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { type Mutant, MUTANTS } from "./mutants.ts";
import { judgeLuck, type Outcome } from "./scenarios.ts";
import type { WorkerOrder, WorkerReport } from "./worker.ts";

const DEFAULT_SEEDS = 1000;
const MUTANT_SEEDS = 200;
/** Others only repeat the same. */
const MAX_PRINTED = 20;

interface Result {
  readonly outcomes: readonly Outcome[];
  readonly failures: readonly string[];
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { seeds: { type: "string" }, seed: { type: "string" }, mutant: { type: "string" } },
  });
  if (values.mutant === "list") {
    for (const { name, bug } of MUTANTS) console.log(`${name.padEnd(24)}${bug}`);
    return 0;
  }
  const mutants = values.mutant === "all" ? MUTANTS : MUTANTS.filter(({ name }) => name === values.mutant);
  if (values.mutant !== undefined && mutants.length === 0) {
    console.log(`no mutant "${values.mutant}"; --mutant list names them`);
    return 2;
  }
  if (mutants.length > 0) return findAll(mutants, numberOf(values.seeds) ?? MUTANT_SEEDS);
  const seed = numberOf(values.seed);
  const started = performance.now();
  const result = await (seed === undefined
    ? run(undefined, 1, numberOf(values.seeds) ?? DEFAULT_SEEDS)
    : run(undefined, seed, 1));
  print(result, (performance.now() - started) / 1000);
  return result.failures.length === 0 ? 0 : 1;
}

/** Each must fail. */
async function findAll(mutants: readonly Mutant[], seeds: number): Promise<number> {
  let missed = 0;
  for (const mutant of mutants) {
    const { failures } = await run(mutant, 1, seeds, true);
    const [first] = failures;
    if (first === undefined) missed += 1;
    console.log(
      `${mutant.name.padEnd(24)}${first === undefined ? `NOT FOUND in ${seeds} seeds` : `found: ${first.slice(0, 160)}`}`,
    );
  }
  return missed === 0 ? 0 : 1;
}

async function run(mutant: Mutant | undefined, firstSeed: number, seeds: number, stopAtFirst = false): Promise<Result> {
  const threads = Math.min(availableParallelism(), seeds);
  const outcomes: Outcome[] = [];
  const failures: string[] = [];
  const workers = Array.from({ length: threads }, (_, i) => {
    const share = Math.floor(seeds / threads) + (i < seeds % threads ? 1 : 0);
    const order: WorkerOrder = { mutant, firstSeed: firstSeed + i, seeds: share, stride: threads };
    return new Worker(new URL("worker.ts", import.meta.url), { workerData: order });
  });
  await Promise.all(
    workers.map(async (worker) => {
      worker.on("message", (report: WorkerReport) => {
        if (report.kind === "passed") outcomes.push(report.outcome);
        else failures.push(`seed ${report.seed}: ${report.message}`);
        if (stopAtFirst && failures.length > 0) for (const each of workers) void each.terminate();
      });
      const { promise, resolve, reject } = Promise.withResolvers<number>();
      worker.once("exit", resolve);
      worker.once("error", reject);
      await promise;
    }),
  );
  const bad = stopAtFirst && failures.length > 0 ? undefined : judgeLuck(outcomes);
  return { outcomes, failures: bad === undefined ? failures : [...failures, bad] };
}

function print({ outcomes, failures }: Result, seconds: number): void {
  for (const failure of failures.slice(0, MAX_PRINTED)) console.log(failure);
  if (failures.length > MAX_PRINTED) console.log(`and ${failures.length - MAX_PRINTED} more`);
  const lucky = outcomes.flatMap(({ luck }) => luck ?? []);
  const times = lucky.map(({ afterMs }) => afterMs).toSorted((a, b) => a - b);
  const median = times[times.length >> 1];
  if (median !== undefined) {
    const direct = lucky.filter((each) => each.direct).length;
    console.log(`birthday probing: ${direct} of ${lucky.length} pairs direct, median ${(median / 1000).toFixed(2)} s`);
  }
  console.log(`${outcomes.length} seeds passed, ${failures.length} failed in ${seconds.toFixed(0)} s`);
}

function numberOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1) throw new RangeError(`not a positive number: ${text}`);
  return number;
}

process.exitCode = await main();
