// GET /v1/diagnostics of every role: what only the process itself can tell a bug report. For who may change the role: its log is not for
// every user of the machine.
import { monitorEventLoopDelay, performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import type { Route } from "./routes.ts";

export interface Diagnostics {
  readonly pid: number;
  readonly uid: number;
  readonly node: string;
  readonly uptimeSeconds: number;
  readonly memory: Readonly<Record<string, number>>;
  readonly eventLoop: EventLoopDelays;
  /** pino's records, oldest first. */
  readonly log: readonly string[];
}

export interface EventLoopDelays {
  /** Share of the time since the start that it was busy. */
  readonly busy: number;
  readonly sampledMs: number;
  /** How late timers were meanwhile. */
  readonly medianMs: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** Measured when asked for: the sampling timer would wake an idle daemon a hundred times a second. */
const SAMPLED_MS = 1000;
const RESOLUTION_MS = 10;

export function diagnosticsRoute(recentLog: () => readonly string[]): Route {
  return {
    method: "GET",
    path: "/v1/diagnostics",
    access: "change",
    handle: async ({ signal }) => ({ kind: "json", body: await diagnose(recentLog, signal) }),
  };
}

async function diagnose(recentLog: () => readonly string[], signal: AbortSignal): Promise<Diagnostics> {
  const eventLoop = await eventLoopDelays(signal);
  return {
    pid: process.pid,
    uid: process.getuid?.() ?? 0,
    node: process.version,
    uptimeSeconds: Math.round(process.uptime()),
    memory: { ...process.memoryUsage() },
    eventLoop,
    log: recentLog(),
  };
}

async function eventLoopDelays(signal: AbortSignal): Promise<EventLoopDelays> {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delays.enable();
  try {
    await sleep(SAMPLED_MS, undefined, { signal });
  } finally {
    delays.disable();
  }
  // The histogram counts the time from one tick of its timer to the next.
  const late = (nanoseconds: number): number => Math.max(0, Math.round(nanoseconds / 1e4) / 100 - RESOLUTION_MS);
  return {
    busy: Math.round(performance.eventLoopUtilization().utilization * 1e4) / 1e4,
    sampledMs: SAMPLED_MS,
    medianMs: late(delays.percentile(50)),
    p99Ms: late(delays.percentile(99)),
    maxMs: late(delays.max),
  };
}
