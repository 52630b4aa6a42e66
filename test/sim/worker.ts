// A thread of the simulation: plants the mutant, if one is asked for, before anything of the product is loaded; then runs the seeds
// it is given.
import { parentPort, workerData } from "node:worker_threads";
import type { Mutant } from "./mutants.ts";
import { plant } from "./plant.ts";
import type { Outcome } from "./scenarios.ts";

export interface WorkerOrder {
  readonly mutant: Mutant | undefined;
  /** By name; undefined: each seed its own. */
  readonly scenario: string | undefined;
  readonly firstSeed: number;
  readonly seeds: number;
  /** From one seed to the next. */
  readonly stride: number;
}

export type WorkerReport =
  | { readonly kind: "passed"; readonly outcome: Outcome; readonly ms: number }
  | { readonly kind: "failed"; readonly seed: number; readonly message: string };

const { mutant, scenario, firstSeed, seeds, stride } = workerData as WorkerOrder;
if (mutant !== undefined) plant(mutant);
const { sodiumReady } = await import("../../src/identity/index.ts");
const { runSeed, scenarioNamed } = await import("./scenarios.ts");
await sodiumReady();
const chosen = scenario === undefined ? undefined : scenarioNamed(scenario);
for (let i = 0; i < seeds; i++) {
  const seed = firstSeed + i * stride;
  parentPort?.postMessage(attempt(seed));
}

function attempt(seed: number): WorkerReport {
  const startedAt = performance.now();
  try {
    return { kind: "passed", outcome: runSeed(seed, chosen), ms: performance.now() - startedAt };
  } catch (error) {
    return { kind: "failed", seed, message: error instanceof Error ? error.message : String(error) };
  }
}
