// Which overlay addresses a node gets. A node has one offset, which is its place in both prefixes: 100.64.0.7 and fd..::7.
// Offsets that were never used come first, in order; once all are taken, those of removed nodes return, the longest gone
// first, and never before `REUSE_AFTER_MS` - peers and people remember addresses longer than nodes live.
import type { OverlayIp } from "../protocol/address.ts";
import { addressAt, ipv4Size, type OverlayPrefix } from "./prefixes.ts";

export const REUSE_AFTER_MS = 3_600_000;

export interface Holder {
  readonly addressIndex: number;
  /** Unix ms since the holder is gone; null while it is a member. */
  readonly removedMs: number | null;
}

export type Allocation =
  | { readonly kind: "fresh"; readonly index: number }
  /** The removed holder of this index has to be forgotten in the same transaction. */
  | { readonly kind: "reused"; readonly index: number }
  | { readonly kind: "full" };

export interface Ipam {
  allocate(holders: Iterable<Holder>, nowUnixMs: number): Allocation;
  /** Overlay addresses of an offset, IPv4 first. */
  addresses(index: number): readonly [OverlayIp, OverlayIp];
}

export function createIpam(ipv4: OverlayPrefix, ipv6: OverlayPrefix): Ipam {
  return {
    addresses: (index) => [addressAt(ipv4, index), addressAt(ipv6, index)],

    allocate(holders, nowUnixMs) {
      const taken = new Set<number>();
      let oldest: { index: number; removedMs: number } | undefined;
      let highest = 0;
      for (const { addressIndex: index, removedMs } of holders) {
        taken.add(index);
        highest = Math.max(highest, index);
        if (removedMs === null || removedMs > nowUnixMs - REUSE_AFTER_MS) continue;
        if (oldest === undefined || removedMs < oldest.removedMs) oldest = { index, removedMs };
      }
      const fresh = firstFree(ipv4, taken, highest + 1) ?? firstFree(ipv4, taken, 1);
      if (fresh !== undefined) return { kind: "fresh", index: fresh };
      return oldest === undefined ? { kind: "full" } : { kind: "reused", index: oldest.index };
    },
  };
}

function firstFree(ipv4: OverlayPrefix, taken: ReadonlySet<number>, from: number): number | undefined {
  const last = ipv4Size(ipv4) - 2;
  for (let index = from; index <= last; index += 1) {
    if (!taken.has(index) && isAssignable(ipv4, index)) return index;
  }
  return undefined;
}

/** False for the network and broadcast addresses, for what looks like one, and for well-known service addresses. */
export function isAssignable(ipv4: OverlayPrefix, index: number): boolean {
  if (index <= 0 || index >= ipv4Size(ipv4) - 1) return false;
  const [a = 0, b = 0, c = 0, d = 0] = addressAt(ipv4, index).split(".").map(Number);
  if (d === 0 || d === 255) return false;
  return !(a === 100 && (isOverlayResolver(b, c) || isChromeOs(b, c)));
}

/** 100.100.100.0/24: Tailscale's resolver, and the metadata and DNS service of a cloud. */
function isOverlayResolver(b: number, c: number): boolean {
  return b === 100 && c === 100;
}

/** 100.115.92.0/23: the virtual machines of ChromeOS. */
function isChromeOs(b: number, c: number): boolean {
  return b === 115 && (c === 92 || c === 93);
}
