// Looks at every daemon again and again: what the kernel counts of it, and what it says of itself (GET /metrics).
import { readdirSync } from "node:fs";
import { createLocalApiClient } from "../../src/local-api/client.ts";
import { usageOf } from "../lab/index.ts";
import type { ProcessRecord, Sample } from "./record.ts";

export interface Watched {
  readonly name: string;
  readonly role: ProcessRecord["role"];
  readonly socket: string;
  /** Undefined while it does not run. */
  readonly pid: () => number | undefined;
}

/** A daemon that is stopped (SIGSTOP) does not answer. */
const ANSWER_WITHIN_MS = 2000;
const MB = 1 << 20;

export class Sampler {
  readonly #watched: readonly { readonly what: Watched; readonly samples: Sample[] }[];
  readonly #seconds: () => number;

  constructor(watched: readonly Watched[], seconds: () => number) {
    this.#watched = watched.map((what) => ({ what, samples: [] }));
    this.#seconds = seconds;
  }

  get records(): readonly ProcessRecord[] {
    return this.#watched.map(({ what: { name, role }, samples }) => ({ name, role, samples }));
  }

  async sample(): Promise<void> {
    await Promise.all(
      this.#watched.map(async ({ what, samples }) => {
        const sample = await take(what, this.#seconds());
        if (sample !== undefined) samples.push(sample);
      }),
    );
  }
}

/** Undefined for a process that is gone, or goes meanwhile. */
async function take({ socket, pid: pidNow }: Watched, at: number): Promise<Sample | undefined> {
  const pid = pidNow();
  if (pid === undefined) return undefined;
  try {
    const { residentMb, anonymousMb, wakeUps, threads } = usageOf(pid);
    const descriptors = readdirSync(`/proc/${pid}/fd`).length;
    const memory = { residentMb: round(residentMb), anonymousMb: round(anonymousMb) };
    const kernel = { at, pid, ...memory, descriptors, threads, wakeUps };
    const own = await ownMetrics(socket);
    // Another one serves the socket now.
    return pidNow() === pid ? { ...kernel, ...own } : undefined;
  } catch {
    return undefined;
  }
}

async function ownMetrics(socket: string): Promise<Pick<Sample, "heapMb" | "externalMb" | "resources">> {
  try {
    const client = createLocalApiClient(socket, "daemon");
    const text = await client.text("/metrics", AbortSignal.timeout(ANSWER_WITHIN_MS));
    return {
      heapMb: round(sumOf(text, "nodejs_heap_size_used_bytes") / MB),
      externalMb: round(sumOf(text, "nodejs_external_memory_bytes") / MB),
      resources: sumOf(text, "nodejs_active_resources"),
    };
  } catch {
    return {};
  }
}

/** Of all samples of a metric in Prometheus' text format. */
function sumOf(text: string, name: string): number {
  const samples = [...text.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, "gm"))];
  return samples.reduce((sum, [, value]) => sum + Number(value), 0);
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
