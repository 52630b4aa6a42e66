// How long nobody answered.
import { setTimeout as sleep } from "node:timers/promises";
import type { Host } from "./lab.ts";

const INTERVAL_SECONDS = 0.02;
const BEFORE_MS = 500;

export interface Silence {
  /** The longest time without a reply; one that goes on to the end counts too. */
  readonly ms: number;
  /** Of those before the last one that was answered. */
  readonly lost: number;
}

/** Pings while `change` happens; resolves after it does. */
export async function silenceDuring(from: Host, target: string, change: () => Promise<void>): Promise<Silence> {
  const pinging = from.spawn(["ping", "-n", "-D", "-i", `${INTERVAL_SECONDS}`, target]);
  await pinging.waitForLine(/icmp_seq=/);
  await sleep(BEFORE_MS);
  await change();
  const endedAt = Date.now();
  const { stdout } = await pinging.stop();
  const replies = [...stdout.matchAll(/^\[([\d.]+)\] .*icmp_seq=(\d+) ttl/gm)];
  const received = replies.map(([, at]) => Number(at) * 1000);
  const sequences = replies.map(([, , sequence]) => Number(sequence));
  const times = [...received, Math.max(endedAt, received.at(-1) ?? 0)];
  return {
    ms: Math.max(...times.slice(1).map((at, index) => at - (times[index] ?? 0))),
    lost: (sequences.at(-1) ?? 0) - new Set(sequences).size,
  };
}
