// A thread of the simulation: plants the mutant, if one is asked for, before anything of the product is loaded; then runs the seeds
// it is given.
import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { parentPort, workerData } from "node:worker_threads";
import type { Mutant } from "./mutants.ts";
import type { Outcome } from "./scenarios.ts";

export interface WorkerOrder {
  readonly mutant: Mutant | undefined;
  readonly firstSeed: number;
  readonly seeds: number;
  /** From one seed to the next. */
  readonly stride: number;
}

export type WorkerReport =
  | { readonly kind: "passed"; readonly outcome: Outcome }
  | { readonly kind: "failed"; readonly seed: number; readonly message: string };

const { mutant, firstSeed, seeds, stride } = workerData as WorkerOrder;
if (mutant !== undefined) plant(mutant);
const { sodiumReady } = await import("../../src/identity/index.ts");
const { runSeed } = await import("./scenarios.ts");
await sodiumReady();
for (let i = 0; i < seeds; i++) {
  const seed = firstSeed + i * stride;
  parentPort?.postMessage(attempt(seed));
}

function attempt(seed: number): WorkerReport {
  try {
    return { kind: "passed", outcome: runSeed(seed) };
  } catch (error) {
    return { kind: "failed", seed, message: error instanceof Error ? error.message : String(error) };
  }
}

function plant({ name, file, from, to }: Mutant): void {
  const url = new URL(`../../src/${file}`, import.meta.url);
  const source = readFileSync(url, "utf8");
  if (source.split(from).length !== 2) throw new Error(`mutant ${name}: its place in ${file} is not there once`);
  const mutated = source.replace(from, () => to);
  registerHooks({
    load: (loaded, context, next) =>
      loaded === url.href
        ? { format: "module-typescript", source: mutated, shortCircuit: true }
        : next(loaded, context),
  });
}
