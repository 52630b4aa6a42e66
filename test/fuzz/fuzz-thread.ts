// Fuzzes TypeScript targets in a thread, which is ended, and begun anew for the next, where an input keeps it busy or fills its memory.
import { Worker } from "node:worker_threads";
import type { Figures } from "./fuzzer.ts";
import type { Outcome, Share } from "./outcome.ts";
import { keepRegression } from "./regressions.ts";
import type { WorkerOrder, WorkerReport } from "./worker.ts";

/** More than it takes to load everything, on a busy machine where nothing was instrumented before. */
const LOAD_MS = 300_000;
const WATCH_MS = 1000;
const HANG_LOOKS = 20;
const MAX_HEAP_MB = 512;
const MAX_INPUT_BYTES = 1 << 17;

interface Found {
  readonly input: Uint8Array | undefined;
  readonly message: string;
}

interface Running {
  readonly worker: Worker;
  /** As worker.ts has it. */
  readonly current: SharedArrayBuffer;
  readonly ready: Promise<undefined>;
  /** Why it ended, in words; never if it does not. */
  readonly gone: Promise<string>;
}

export class FuzzThread implements Disposable {
  #running: Running | undefined;

  async run(target: string, share: Share): Promise<Outcome> {
    this.#running ??= begin();
    const { worker, current, ready, gone } = this.#running;
    const problem = await Promise.race([ready, gone, after(LOAD_MS)]);
    if (problem !== undefined) throw new Error(`the targets do not load: ${problem}`);
    const { seed, guided, milliseconds, inputs } = share;
    const order: WorkerOrder = { target, seed, guided, milliseconds, inputs };
    const started = performance.now();
    let figures: Figures = { inputs: 0, edges: 0, corpus: 0 };
    const { promise: reported, resolve } = Promise.withResolvers<Found | undefined>();
    const onReport = (report: WorkerReport): void => {
      if (report.kind === "ready") return;
      figures = report.figures;
      share.onProgress?.(figures);
      if (report.kind !== "progress") resolve(report.kind === "finding" ? report : undefined);
    };
    worker.on("message", onReport);
    worker.postMessage(order);
    // Of what runs beside the inputs: memory, or a promise that nobody waits for.
    const lost = gone.then((message) => ({ input: inputIn(current), message }));
    const watch = watchFor(current);
    const found = await Promise.race([reported, lost, watch.hung]);
    watch.stop();
    worker.off("message", onReport);
    if (found !== undefined) this[Symbol.dispose]();
    const seconds = (performance.now() - started) / 1000;
    return {
      target,
      language: "typescript",
      ...figures,
      seconds,
      problem: found && problemOf(target, found, share.keep),
    };
  }

  [Symbol.dispose](): void {
    void this.#running?.worker.terminate();
    this.#running = undefined;
  }
}

function begin(): Running {
  const current = new SharedArrayBuffer(8 + MAX_INPUT_BYTES);
  const worker = new Worker(new URL("worker.ts", import.meta.url), {
    workerData: current,
    resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
  });
  const { promise: ready, resolve } = Promise.withResolvers<undefined>();
  // The first that it says.
  worker.once("message", () => resolve(undefined));
  return { worker, current, ready, gone: goneOf(worker) };
}

function goneOf(worker: Worker): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  worker.once("error", (error) => resolve(String(error)));
  worker.once("exit", (status) => resolve(`ended its thread with status ${status}`));
  return promise;
}

function after(milliseconds: number): Promise<string> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds, `not within ${milliseconds / 1000} s`).unref();
  });
}

/** Tells where no further input was tried for too long. Looks are counted, not time: the whole process may have been stopped. */
function watchFor(current: SharedArrayBuffer): { readonly hung: Promise<Found>; readonly stop: () => void } {
  const { promise: hung, resolve } = Promise.withResolvers<Found>();
  const header = new Uint32Array(current, 0, 2);
  let last = { number: header[0], looks: 0 };
  const timer = setInterval(() => {
    last = header[0] === last.number ? { ...last, looks: last.looks + 1 } : { number: header[0], looks: 0 };
    if (last.looks < HANG_LOOKS) return;
    resolve({ input: inputIn(current), message: `takes longer than ${(HANG_LOOKS * WATCH_MS) / 1000} s` });
  }, WATCH_MS);
  return { hung, stop: () => clearInterval(timer) };
}

function problemOf(target: string, { input, message }: Found, keep: boolean): Outcome["problem"] {
  const file = keep && input !== undefined ? keepRegression("typescript", target, input) : undefined;
  return { message, file };
}

function inputIn(current: SharedArrayBuffer): Uint8Array {
  const length = new Uint32Array(current, 0, 2)[1] ?? 0;
  return new Uint8Array(current, 8, length).slice();
}
