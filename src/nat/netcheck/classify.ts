// From what was observed to what the NAT does (RFC 4787 §4, §5), claiming no more than the servers could show.
import { type SocketAddress, splitSocketAddress } from "../../protocol/address.ts";
import type { Outcome } from "./transactions.ts";
import type { NatBehaviour, PortAllocation } from "./types.ts";

/** What one server sees of one socket. */
export interface Observation {
  readonly server: SocketAddress;
  readonly mapped: SocketAddress;
}

/**
 * Of one socket and one family. Several mapped addresses show that the destination's address counts; that its port does (or does not)
 * takes two ports of one server. One mapped address means nothing until two servers with different addresses saw it.
 */
export function classifyMapping(observations: readonly Observation[]): NatBehaviour {
  const mapped = new Set(observations.map((each) => each.mapped));
  const byServerIp = Map.groupBy(observations, ({ server }) => splitSocketAddress(server).ip);
  if (mapped.size === 1) return byServerIp.size > 1 ? "endpoint-independent" : "unknown";
  if (mapped.size === 0) return "unknown";
  const portCounts = [...byServerIp.values()].some((same) => new Set(same.map((each) => each.mapped)).size > 1);
  return portCounts ? "address-and-port-dependent" : "address-dependent";
}

/**
 * `otherPort`: the answer from another port of the only server that was written to. `otherServer`: the answer from a server that was
 * not written to. Undefined: could not be tried.
 */
export function classifyFiltering(otherPort: Outcome | undefined, otherServer: Outcome | undefined): NatBehaviour {
  if (otherServer?.kind === "answered") return "endpoint-independent";
  if (otherPort?.kind === "silent") return "address-and-port-dependent";
  const neitherPassed = otherPort?.kind === "answered" && otherServer?.kind === "silent";
  return neitherPassed ? "address-dependent" : "unknown";
}

export interface AllocationSample {
  readonly localPort: number;
  readonly mappedPort: number;
}

const MIN_SAMPLES = 3;
/** As in ../profile.ts: other hosts take ports in between; a NAT that jumps further cannot be predicted. */
const MAX_STEP = 16;

/** Of sockets that wrote to the same server one after the other, in that order. */
export function classifyAllocation(samples: readonly AllocationSample[]): PortAllocation {
  if (samples.length < MIN_SAMPLES) return { pattern: "unknown" };
  const changed = samples.filter(({ localPort, mappedPort }) => localPort !== mappedPort).length;
  // One port may have been taken by somebody else.
  if (changed === 0 || (changed === 1 && samples.length > MIN_SAMPLES)) return { pattern: "preserving" };
  const steps = samples.slice(1).map(({ mappedPort }, i) => mappedPort - (samples[i]?.mappedPort ?? 0));
  const sameWay = steps.every((step) => step > 0) || steps.every((step) => step < 0);
  if (!sameWay || steps.some((step) => Math.abs(step) > MAX_STEP)) return { pattern: "random" };
  const step = steps.reduce((smallest, each) => (Math.abs(each) < Math.abs(smallest) ? each : smallest));
  return { pattern: "sequential", step };
}
