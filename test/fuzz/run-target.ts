// Fuzzes one TypeScript target in a thread of its own, which is ended where an input keeps it busy or fills its memory.
import { Worker } from "node:worker_threads";
import type { Figures } from "./fuzzer.ts";
import type { Outcome, Share } from "./outcome.ts";
import { keepRegression } from "./regressions.ts";
import type { WorkerOrder, WorkerReport } from "./worker.ts";

/** More than any of them takes to load, on a busy machine. */
const LOAD_MS = 60_000;
const HANG_MS = 10_000;
const WATCH_MS = 1000;
const MAX_HEAP_MB = 384;
const MAX_INPUT_BYTES = 1 << 17;

export async function runTarget(target: string, share: Share): Promise<Outcome> {
  const { seed, guided, milliseconds, inputs } = share;
  const current = new SharedArrayBuffer(8 + MAX_INPUT_BYTES);
  const order: WorkerOrder = { target, seed, guided, milliseconds, inputs, current };
  const worker = new Worker(new URL("worker.ts", import.meta.url), {
    workerData: order,
    resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
  });
  let figures: Figures = { inputs: 0, edges: 0, corpus: 0 };
  let found: { readonly input: Uint8Array | undefined; readonly message: string } | undefined;
  let started: number | undefined;
  const last = { heard: false };
  worker.on("message", (report: WorkerReport) => {
    started ??= performance.now();
    figures = report.figures;
    share.onProgress?.(figures);
    if (report.kind === "finding") found = report;
    // It waits for that: what a thread says last before it ends by itself may get lost.
    if (report.kind === "progress") return;
    last.heard = true;
    void worker.terminate();
  });
  const stopWatching = watch(
    current,
    () => started !== undefined,
    () => {
      found = { input: inputIn(current), message: `takes longer than ${HANG_MS / 1000} s` };
      void worker.terminate();
    },
  );
  const { promise, resolve } = Promise.withResolvers<number>();
  worker.once("error", (error) => {
    // Of what ran beside the inputs: memory, or a promise that nobody waits for.
    found ??= { input: started === undefined ? undefined : inputIn(current), message: String(error) };
  });
  worker.once("exit", resolve);
  const status = await promise;
  if (!last.heard) found ??= { input: inputIn(current), message: `ended its thread with status ${status}` };
  stopWatching();
  const seconds = (performance.now() - (started ?? performance.now())) / 1000;
  const { input, message } = found ?? {};
  const file = share.keep && input !== undefined ? keepRegression("typescript", target, input) : undefined;
  return {
    target,
    language: "typescript",
    ...figures,
    seconds,
    problem: message === undefined ? undefined : { message, file },
  };
}

/** Calls `onHang` where no further input was tried for too long. */
function watch(current: SharedArrayBuffer, isLoaded: () => boolean, onHang: () => void): () => void {
  const header = new Uint32Array(current, 0, 2);
  let last = { number: 0, at: performance.now() };
  const timer = setInterval(() => {
    const number = header[0] ?? 0;
    const now = performance.now();
    if (number !== last.number) last = { number, at: now };
    else if (now - last.at > (isLoaded() ? HANG_MS : LOAD_MS)) {
      clearInterval(timer);
      onHang();
    }
  }, WATCH_MS);
  return () => clearInterval(timer);
}

function inputIn(current: SharedArrayBuffer): Uint8Array {
  const length = new Uint32Array(current, 0, 2)[1] ?? 0;
  return new Uint8Array(current, 8, length).slice();
}
