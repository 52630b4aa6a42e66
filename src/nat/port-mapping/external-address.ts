// Whether what a router calls its external address can be reached from elsewhere. Behind a second NAT (the carrier's, or a modem that
// routes) it is one of that NAT's inner addresses: the mapping ends there, and offering it would only waste the probes of others.
import { ipBytes, splitSocketAddress, type SocketAddress } from "../../protocol/address.ts";

/** [first bytes, prefix length] of IPv4 that is not routed in the Internet. */
const NOT_PUBLIC: readonly (readonly [string, number])[] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10], // carriers' NAT, RFC 6598
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24], // DS-Lite and others, RFC 6333
  ["192.168.0.0", 16],
  ["198.18.0.0", 15], // benchmarks, RFC 2544
  ["224.0.0.0", 3], // multicast and above
];

/** True for global unicast. */
export function isPublicIp(ip: string): boolean {
  const bytes = ipBytes(ip);
  // RFC 4291 §2.4: 2000::/3 is what is assigned.
  if (bytes.length === 16) return ((bytes[0] ?? 0) & 0xe0) === 0x20;
  const value = toNumber(bytes);
  return !NOT_PUBLIC.some(
    ([prefix, length]) => value >>> (32 - length) === toNumber(ipBytes(prefix)) >>> (32 - length),
  );
}

/**
 * Whether a mapping's external address is worth telling others: it is public, or the mesh's own servers see this node at the same IP,
 * as in a company's network whose servers are inside it too.
 */
export function isReachableExternal(external: SocketAddress, reflexive: readonly SocketAddress[]): boolean {
  const { ip } = splitSocketAddress(external);
  return isPublicIp(ip) || reflexive.some((address) => splitSocketAddress(address).ip === ip);
}

function toNumber(bytes: Uint8Array): number {
  return bytes.reduce((value, byte) => value * 256 + byte, 0) >>> 0;
}
