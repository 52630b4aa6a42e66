// A relay and the load that suits it.
import type { Host } from "../../test/lab/index.ts";

export interface Load {
  /** Pairs of clients, one of which sends to the other. */
  readonly pairs: number;
  /** Of a packet, without the relay's header. */
  readonly bytes: number;
  readonly seconds: number;
  readonly pace:
    /** As fast as packets arrive: so many of each pair are on their way. */
    | { readonly window: number }
    /** Packets a second, of all pairs together. */
    | { readonly rate: number };
}

/** What a load program tells of the time it measured. */
export interface LoadResult {
  readonly sent: number;
  readonly received: number;
  readonly seconds: number;
  /** Of all threads of the relay's process. */
  readonly relayCpuSeconds: number;
  /** From before the send to after the receive. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** From when the packet was due, with a rate. */
  readonly dueP99Ms: number;
  /** By how much the load's own sends were late: on a busy machine it waits for a CPU as the relay does. */
  readonly lateP99Ms: number;
}

export interface RunningRelay {
  readonly pid: number;
  run(load: Load): Promise<LoadResult>;
  /** Single packets of one more pair, beside the load, from a process of its own. */
  probe(load: Load): Promise<LoadResult>;
}

export interface RelayContender {
  readonly name: string;
  /** Tried in each round to find what it forwards at most; the best counts. */
  readonly windows: readonly number[];
  /** Undefined, with a word to the user, where it cannot be had here. */
  readonly start: (relay: Host, clients: Host) => Promise<RunningRelay | undefined>;
}

/** Runs a load program on the clients' host; it prints one line of JSON. */
export async function runLoad(clients: Host, argv: readonly string[], load: Load): Promise<LoadResult> {
  const pace = "rate" in load.pace ? ["--rate", load.pace.rate.toFixed(0)] : ["--window", String(load.pace.window)];
  const shape = ["--pairs", String(load.pairs), "--bytes", String(load.bytes), "--seconds", String(load.seconds)];
  return JSON.parse(await clients.output([...argv, ...shape, ...pace])) as LoadResult;
}
