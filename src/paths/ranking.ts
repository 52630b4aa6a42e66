// The order of direct paths. Lower cost (round trip, and loss) goes first, but only a clear gain overtakes: two paths of about the same length must
// not take turns with every measurement. Between such equals the more local one is preferred: a LAN needs no NAT to stay, and an
// IPv6 path usually has no translation that could time out.
import { ipBytes, type SocketAddress, splitSocketAddress } from "../protocol/address.ts";
import type { Milliseconds } from "../protocol/units.ts";
import { pathCost } from "./path-cost.ts";

export interface Ranked {
  readonly address: SocketAddress;
  readonly rttMs: Milliseconds;
  /** Share of echoes lost, 0..1; absent: none known. */
  readonly loss?: number;
}

/** Gain needed to overtake by cost alone: above usual jitter, and in proportion on long paths. */
const CLEAR_GAIN_MS: Milliseconds = 5;
const CLEAR_GAIN_SHARE = 0.15;
/** A more local path may be this much slower and still counts as equal; less than the clear gain, so that it is not overtaken at once. */
const EQUAL_MS: Milliseconds = 1;

/** Smaller is more local: private (LAN), then IPv6, then public IPv4. */
export function localityClass(address: SocketAddress): 0 | 1 | 2 {
  const { ip, family } = splitSocketAddress(address);
  const [a = 0, b = 0] = ipBytes(ip);
  // RFC 4193 (fc00::/7) and RFC 1918.
  if (family === 6) return (a & 0xfe) === 0xfc ? 0 : 1;
  return a === 10 || (a === 172 && (b & 0xf0) === 16) || (a === 192 && b === 168) ? 0 : 2;
}

/** Sorts in place of the order given, which is the previous one: each path moves up only past those that it clearly beats. */
export function rerank<Path extends Ranked>(previous: readonly Path[]): readonly Path[] {
  const order = [...previous];
  for (let i = 1; i < order.length; i++) {
    for (let j = i; j > 0; j--) {
      const [upper, lower] = [order[j - 1], order[j]];
      if (upper === undefined || lower === undefined || !beats(lower, upper)) break;
      order[j - 1] = lower;
      order[j] = upper;
    }
  }
  return order;
}

function costOf({ rttMs, loss = 0 }: Ranked): Milliseconds {
  return pathCost({ rttMs, loss });
}

export function beats(challenger: Ranked, holder: Ranked): boolean {
  const [ofHolder, ofChallenger] = [costOf(holder), costOf(challenger)];
  const gainMs = ofHolder - ofChallenger;
  if (gainMs > Math.max(CLEAR_GAIN_MS, CLEAR_GAIN_SHARE * ofHolder)) return true;
  return gainMs + EQUAL_MS >= 0 && localityClass(challenger.address) < localityClass(holder.address);
}
