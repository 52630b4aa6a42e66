// npm run sim -- [--seeds N] [--first S] [--seed S] [--scenario NAME|list] [--mutant NAME|list|all] [--long] [--json FILE]
// Thousands of small worlds, one for each seed. What fails is printed with its seed and the command that replays it: `--seed` runs that
// one alone and prints what happened in it. A mutant is a planted bug: the run then succeeds if it is found. docs/simulation.md tells more.
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { ProgressLine, paint, say, seconds } from "../../scripts/console.ts";
import { saveJson } from "../../scripts/json-file.ts";
import { judgeLuck } from "./assertions.ts";
import { type Mutant, MUTANTS } from "./mutants.ts";
import { plant } from "./plant.ts";
import type { Outcome } from "./scenarios.ts";
import type { WorkerOrder, WorkerReport } from "./worker.ts";

const DEFAULT_SEEDS = 1000;
const MUTANT_SEEDS = 200;
/** Others only repeat the same. */
const MAX_PRINTED = 20;
const SLOWEST_PRINTED = 5;

interface Choice {
  readonly mutant?: Mutant | undefined;
  readonly scenario?: string | undefined;
}

interface Hunt {
  readonly mutants: readonly Mutant[];
  readonly scenario: string | undefined;
  readonly seeds: number;
  readonly json: string | undefined;
}

interface Failure {
  readonly seed: number | undefined;
  readonly message: string;
}

interface Result {
  readonly outcomes: readonly Outcome[];
  readonly failures: readonly Failure[];
  /** Milliseconds by scenario. */
  readonly cost: ReadonlyMap<string, number>;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seeds: { type: "string" },
      first: { type: "string" },
      seed: { type: "string" },
      scenario: { type: "string" },
      mutant: { type: "string" },
      long: { type: "boolean", default: false },
      json: { type: "string" },
    },
  });
  const [seeds, first, seed] = [values.seeds, values.first, values.seed].map(numberOf);
  if ([seeds, first, seed].includes(NaN)) {
    say("--seeds, --first and --seed are numbers from 1");
    return 2;
  }
  if (values.mutant === "list") {
    for (const { name, bug } of MUTANTS) say(`${name.padEnd(26)}${bug}`);
    return 0;
  }
  const mutants = values.mutant === "all" ? MUTANTS : MUTANTS.filter(({ name }) => name === values.mutant);
  if (values.mutant !== undefined && mutants.length === 0) {
    say(`no mutant "${values.mutant}"; --mutant list names them`);
    return 2;
  }
  const [mutant] = values.mutant === "all" ? [] : mutants;
  const { scenario, json } = values;
  if (values.long) return await runLong();
  if (scenario !== undefined && !(await knowsScenario(scenario))) return 2;
  if (seed !== undefined) return await replay(seed, { mutant, scenario });
  if (mutants.length > 0) return await findAll({ mutants, scenario, seeds: seeds ?? MUTANT_SEEDS, json });
  const started = performance.now();
  const result = await run({ scenario }, first ?? 1, seeds ?? DEFAULT_SEEDS);
  print(result, { scenario }, started);
  saveJson(json, {
    passed: result.outcomes.length,
    failures: result.failures,
    birthday: luckOf(result),
    millisecondsByScenario: Object.fromEntries(result.cost),
  });
  return result.failures.length === 0 ? 0 : 1;
}

async function knowsScenario(scenario: string): Promise<boolean> {
  const { SCENARIOS, LONG_SCENARIOS, scenarioNamed } = await import("./scenarios.ts");
  if (scenarioNamed(scenario) !== undefined) return true;
  say("scenarios:");
  for (const { name } of [...SCENARIOS, ...LONG_SCENARIOS]) say(`  ${name}`);
  return false;
}

/** One world, with all that happens in it. */
async function replay(seed: number, { mutant, scenario }: Choice): Promise<number> {
  if (mutant !== undefined) plant(mutant);
  const { sodiumReady } = await import("../../src/identity/index.ts");
  const { replaySeed, scenarioNamed } = await import("./scenarios.ts");
  await sodiumReady();
  const {
    scenario: name,
    journal,
    error,
  } = replaySeed(seed, scenario === undefined ? undefined : scenarioNamed(scenario));
  say(`seed ${seed}: ${name}`);
  for (const line of journal) say(line);
  say(error === undefined ? "passed" : `failed: ${error}`);
  return error === undefined ? 0 : 1;
}

async function runLong(): Promise<number> {
  const { LONG_SCENARIOS } = await import("./scenarios.ts");
  let failed = 0;
  for (const { name } of LONG_SCENARIOS) {
    const started = performance.now();
    const result = await run({ scenario: name }, 1, 1);
    say(name);
    print(result, { scenario: name }, started);
    failed += result.failures.length;
  }
  return failed === 0 ? 0 : 1;
}

/** Each must fail. */
async function findAll({ mutants, scenario, seeds, json }: Hunt): Promise<number> {
  const hunted: { readonly mutant: string; readonly found: Failure | undefined }[] = [];
  for (const mutant of mutants) {
    const { failures } = await run({ mutant, scenario }, 1, seeds, true);
    const [found] = failures;
    hunted.push({ mutant: mutant.name, found });
    const seed = found?.seed === undefined ? "" : `seed ${found.seed}`;
    const words = found === undefined ? paint("red", `NOT FOUND in ${seeds} seeds`) : found.message.slice(0, 140);
    say(`${mutant.name.padEnd(26)}${seed.padEnd(10)}${words}`);
  }
  const missed = hunted.filter(({ found }) => found === undefined).length;
  say(`${mutants.length - missed} of ${mutants.length} mutants found`);
  saveJson(json, hunted);
  return missed === 0 ? 0 : 1;
}

async function run(choice: Choice, firstSeed: number, seeds: number, stopAtFirst = false): Promise<Result> {
  const threads = Math.min(availableParallelism(), seeds);
  const outcomes: Outcome[] = [];
  const failures: Failure[] = [];
  const cost = new Map<string, number>();
  const [progress, started] = [new ProgressLine(), performance.now()];
  const workers = Array.from({ length: threads }, (_, i) => {
    const share = Math.floor(seeds / threads) + (i < seeds % threads ? 1 : 0);
    const { mutant, scenario } = choice;
    const order: WorkerOrder = { mutant, scenario, firstSeed: firstSeed + i, seeds: share, stride: threads };
    return new Worker(new URL("worker.ts", import.meta.url), { workerData: order });
  });
  await Promise.all(
    workers.map(async (worker) => {
      worker.on("message", (report: WorkerReport) => {
        if (report.kind === "passed") {
          outcomes.push(report.outcome);
          cost.set(report.outcome.scenario, (cost.get(report.outcome.scenario) ?? 0) + report.ms);
        } else failures.push(report);
        const failed = failures.length === 0 ? "" : `, ${failures.length} failed`;
        progress.update(`${outcomes.length + failures.length} of ${seeds} seeds${failed}, ${seconds(started)}`);
        if (stopAtFirst && failures.length > 0) for (const each of workers) void each.terminate();
      });
      const { promise, resolve, reject } = Promise.withResolvers<number>();
      worker.once("exit", resolve);
      worker.once("error", reject);
      await promise;
    }),
  );
  progress.clear();
  const isJudged = !(stopAtFirst && failures.length > 0);
  const unlucky = isJudged ? judgeLuck(outcomes.flatMap(({ luck }) => luck ?? [])) : undefined;
  if (unlucky !== undefined) failures.push({ seed: undefined, message: unlucky });
  return { outcomes, failures, cost };
}

function print(result: Result, { scenario }: Choice, started: number): void {
  const { outcomes, failures, cost } = result;
  for (const { seed, message } of failures.slice(0, MAX_PRINTED)) {
    say(seed === undefined ? message : `seed ${seed}: ${message}`);
    const which = scenario === undefined ? "" : ` --scenario '${scenario}'`;
    if (seed !== undefined) say(`  replay: npm run sim -- --seed ${seed}${which}`);
  }
  if (failures.length > MAX_PRINTED) say(`and ${failures.length - MAX_PRINTED} more`);
  const { pairs, direct, medianMs } = luckOf(result);
  if (medianMs !== undefined) {
    say(`birthday probing: ${direct} of ${pairs} pairs direct, median ${(medianMs / 1000).toFixed(2)} s`);
  }
  const slowest = [...cost].toSorted(([, a], [, b]) => b - a).slice(0, SLOWEST_PRINTED);
  say(`most time: ${slowest.map(([name, ms]) => `${name} ${(ms / 1000).toFixed(0)} s`).join(", ")}`);
  say(`${outcomes.length} seeds passed, ${failures.length} failed in ${seconds(started)}`);
}

function luckOf({ outcomes }: Result) {
  const lucky = outcomes.flatMap(({ luck }) => luck ?? []);
  const times = lucky.map(({ afterMs }) => afterMs).toSorted((a, b) => a - b);
  const direct = lucky.filter((each) => each.direct).length;
  return { pairs: lucky.length, direct, medianMs: times[times.length >> 1] };
}

/** NaN for what is none. */
function numberOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const number = Number(text);
  return Number.isSafeInteger(number) && number >= 1 ? number : NaN;
}

process.exitCode = await main();
