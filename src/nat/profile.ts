// What a NAT does with new mappings (RFC 4787 §4.1 and §4.2), as far as several servers' answers to one socket can tell. A hint for
// those who choose how to reach this node, never a reason not to try: answers of another moment may differ.
import { type SocketAddress, splitSocketAddress } from "../protocol/address.ts";
import type { NatHint } from "../protocol/nat-hint.ts";
import { UNKNOWN_NAT } from "../protocol/nat-hint.ts";

/** One server's answer. */
export interface NatSample {
  readonly server: SocketAddress;
  readonly mapped: SocketAddress;
}

export interface NatProfile extends NatHint {
  /** In the order of asking. */
  readonly samples: readonly NatSample[];
}

export const UNKNOWN_PROFILE: NatProfile = { ...UNKNOWN_NAT, samples: [] };

/** Ports of neighbouring mappings are this close if they are counted up; other hosts behind the NAT take some in between. */
const MAX_STEP = 16;

/** `samples` are of different servers, in the order of asking; `localPort` is the port they were asked from. */
export function profileOf(samples: readonly NatSample[], localPort: number): NatProfile {
  const mapped = samples.map((sample) => splitSocketAddress(sample.mapped));
  const [first, second] = mapped;
  if (first === undefined) return UNKNOWN_PROFILE;
  const preserves = mapped.some(({ port }) => port === localPort);
  if (second === undefined) {
    return { mapping: "unknown", allocation: preserves ? "preserving" : "unknown", step: 0, samples };
  }
  if (new Set(samples.map((sample) => sample.mapped)).size === 1) {
    return { mapping: "endpoint-independent", allocation: preserves ? "preserving" : "unknown", step: 0, samples };
  }
  if (preserves) return { mapping: "dependent", allocation: "preserving", step: 0, samples };
  const step = second.port - first.port;
  const isSequential = first.ip === second.ip && step !== 0 && Math.abs(step) <= MAX_STEP;
  return isSequential
    ? { mapping: "dependent", allocation: "sequential", step, samples }
    : { mapping: "dependent", allocation: "random", step: 0, samples };
}
