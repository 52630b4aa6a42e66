// A thread that fuzzes targets, one after the other: loads the product instrumented, once, so that a long run is not disturbed by changes
// to the source; then tries inputs until the time, or the number of inputs that was asked for, is over, or something is found. What it
// is trying stands in shared memory, for whoever has to end it.
import { parentPort, workerData } from "node:worker_threads";
import type { Figures } from "./fuzzer.ts";
import { instrument } from "./instrument.ts";
import type { Target } from "./target.ts";

export interface WorkerOrder {
  readonly target: string;
  readonly seed: number;
  readonly guided: boolean;
  readonly milliseconds: number;
  readonly inputs: number;
}

export type WorkerReport =
  | { readonly kind: "ready" }
  | { readonly kind: "progress"; readonly figures: Figures }
  | { readonly kind: "finding"; readonly figures: Figures; readonly input: Uint8Array; readonly message: string }
  | { readonly kind: "done"; readonly figures: Figures };

const PROGRESS_MS = 500;
/** So that the thread's own events, such as those of files, get their turn. */
const PAUSE_EVERY = 256;

const coverage = instrument();
const { loadTarget, PLANTED, TARGET_NAMES } = await import("./targets/index.ts");
const { Fuzzer, shorten } = await import("./fuzzer.ts");
const { regressionsOf } = await import("./regressions.ts");
const targets = new Map<string, Target>();
for (const name of [...TARGET_NAMES, PLANTED]) {
  const target = await loadTarget(name);
  if (target !== undefined) targets.set(name, target);
}

/** Number of the input (u32), its length (u32), its bytes. */
const current = workerData as SharedArrayBuffer;
const header = new Uint32Array(current, 0, 2);
const place = new Uint8Array(current, 8);
const before = (input: Uint8Array): void => {
  header[0] = (header[0] ?? 0) + 1;
  header[1] = Math.min(input.length, place.length);
  place.set(input.subarray(0, place.length));
};
const report = (message: WorkerReport): void => parentPort?.postMessage(message);

async function fuzz({ target: name, seed, guided, milliseconds, inputs }: WorkerOrder): Promise<WorkerReport> {
  const target = targets.get(name);
  if (target === undefined) throw new RangeError(`no target ${name}`);
  const regressions = regressionsOf("typescript", name).map(({ input }) => input);
  const fuzzer = new Fuzzer({ target, coverage, seed, guided, before }, regressions);
  const end = performance.now() + milliseconds;
  let reportedAt = performance.now();
  while (fuzzer.figures.inputs < inputs) {
    const now = performance.now();
    if (now >= end) break;
    const found = await fuzzer.step();
    if (found !== undefined) {
      const input = await shorten(target, found, before);
      return { kind: "finding", figures: fuzzer.figures, input, message: found.message };
    }
    if (now - reportedAt >= PROGRESS_MS) {
      reportedAt = now;
      report({ kind: "progress", figures: fuzzer.figures });
    }
    if (fuzzer.figures.inputs % PAUSE_EVERY === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  return { kind: "done", figures: fuzzer.figures };
}

parentPort?.on("message", (order: WorkerOrder) => {
  void fuzz(order).then(report);
});
report({ kind: "ready" });
