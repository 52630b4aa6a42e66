// Candidates are claims: what a node says of itself is passed to others, who will send packets there. Addresses that no peer
// could have any use for, or that would turn the mesh on its own host or link, are left out.
import { ipBytes, type SocketAddress, splitSocketAddress } from "../protocol/address.ts";
import { type Candidate, MAX_CANDIDATES } from "../protocol/candidate.ts";
import { contains } from "../protocol/prefix.ts";
import type { OverlayPrefix } from "./prefixes.ts";

export function acceptableClaims(
  candidates: readonly Candidate[],
  overlay: readonly OverlayPrefix[],
): readonly Candidate[] {
  return candidates.filter(({ address }) => isAcceptableClaim(address, overlay)).slice(0, MAX_CANDIDATES);
}

export function isAcceptableClaim(address: SocketAddress, overlay: readonly OverlayPrefix[]): boolean {
  const { ip, family } = splitSocketAddress(address);
  const bytes = ipBytes(ip);
  if (overlay.some((prefix) => contains(prefix, { bytes, length: bytes.length * 8 }))) return false;
  const [a = 0, b = 0] = bytes;
  if (family === 6) {
    // Unspecified and loopback (::/127), link-local (fe80::/10), multicast (ff00::/8): RFC 4291 §2.4.
    const isLow = bytes.subarray(0, 15).every((byte) => byte === 0);
    return !(isLow || a === 0xff || (a === 0xfe && (b & 0xc0) === 0x80));
  }
  // "This network", loopback, link-local, multicast, reserved and broadcast: RFC 6890 §2.2.2.
  return !(a === 0 || a === 127 || (a === 169 && b === 254) || a >= 224);
}
