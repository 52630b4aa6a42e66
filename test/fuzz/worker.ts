// A thread that fuzzes one target: loads the product instrumented, then tries inputs until its time, or the number of inputs that was
// asked for, is over, or something is found. What it is trying stands in shared memory, for whoever has to end it.
import { parentPort, workerData } from "node:worker_threads";
import type { Figures } from "./fuzzer.ts";
import { instrument } from "./instrument.ts";

export interface WorkerOrder {
  readonly target: string;
  readonly seed: number;
  readonly guided: boolean;
  readonly milliseconds: number;
  readonly inputs: number;
  /** Number of the input (u32), its length (u32), its bytes. */
  readonly current: SharedArrayBuffer;
}

export type WorkerReport =
  | { readonly kind: "progress"; readonly figures: Figures }
  | { readonly kind: "finding"; readonly figures: Figures; readonly input: Uint8Array; readonly message: string }
  | { readonly kind: "done"; readonly figures: Figures };

const PROGRESS_MS = 500;
const MIN_MS = 200;
/** So that the thread's own events, such as those of files, get their turn. */
const PAUSE_EVERY = 256;

const order = workerData as WorkerOrder;
const coverage = instrument();
const { targetNamed } = await import("./targets/index.ts");
const { Fuzzer, shorten } = await import("./fuzzer.ts");
const { regressionsOf } = await import("./regressions.ts");
const target = await targetNamed(order.target);
if (target === undefined) throw new RangeError(`no target ${order.target}`);

const header = new Uint32Array(order.current, 0, 2);
const place = new Uint8Array(order.current, 8);
const report = (message: WorkerReport): void => parentPort?.postMessage(message);
const regressions = regressionsOf("typescript", order.target).map(({ input }) => input);
const { seed, guided } = order;
const before = (input: Uint8Array): void => {
  header[0] = (header[0] ?? 0) + 1;
  header[1] = Math.min(input.length, place.length);
  place.set(input.subarray(0, place.length));
};
const fuzzer = new Fuzzer({ target, coverage, seed, guided, before }, regressions);

/** Counted from the thread's start: loading is a part of the time. */
const end = Math.max(order.milliseconds, performance.now() + MIN_MS);
let reportedAt = performance.now();
report({ kind: "progress", figures: fuzzer.figures });
while (true) {
  const { inputs } = fuzzer.figures;
  const now = performance.now();
  if (inputs >= order.inputs || now >= end) {
    report({ kind: "done", figures: fuzzer.figures });
    break;
  }
  const found = await fuzzer.step();
  if (found !== undefined) {
    const input = await shorten(target, found, before);
    report({ kind: "finding", figures: fuzzer.figures, input, message: found.message });
    break;
  }
  if (now - reportedAt >= PROGRESS_MS) {
    reportedAt = now;
    report({ kind: "progress", figures: fuzzer.figures });
  }
  if (inputs % PAUSE_EVERY === 0) await new Promise((resolve) => setImmediate(resolve));
}
// Until whoever started it has heard all and ends it.
setInterval(() => undefined, 1 << 30);
