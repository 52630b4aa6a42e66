// The two overlay prefixes of a mesh: which are acceptable, and the address at an offset within one.
import { formatIp, ipBytes, type OverlayIp, parseCidr } from "../protocol/address.ts";
import type { Prefix } from "../protocol/prefix.ts";

export interface OverlayPrefix extends Prefix {
  readonly family: 4 | 6;
}

/** Shared address space of carriers (RFC 6598): what people rarely use in their own networks. */
export const DEFAULT_IPV4_PREFIX: OverlayPrefix = { family: 4, bytes: ipBytes("100.64.0.0"), length: 10 };

// A smaller number leaves no room for anything else, a larger one none for nodes; an IPv6 prefix holds every IPv4 offset.
const LENGTHS = { 4: { min: 8, max: 29 }, 6: { min: 16, max: 96 } } as const;
const EXAMPLES = { 4: "100.64.0.0/10", 6: "fd12:3456:789a::/48" } as const;

/** Strict: host bits must be zero. Returns in words what is wrong with a prefix that cannot be used. */
export function parseOverlayPrefix(text: string, family: 4 | 6): OverlayPrefix | { readonly problem: string } {
  const cidr = parseCidr(text);
  const [address = "", length = ""] = cidr?.split("/") ?? [];
  if (cidr === undefined || address.includes(":") !== (family === 6)) {
    return { problem: `"${text}" is not an IPv${String(family)} prefix; write it as in ${EXAMPLES[family]}` };
  }
  const { min, max } = LENGTHS[family];
  if (Number(length) < min || Number(length) > max) {
    return { problem: `the prefix ${text} must have a length from ${String(min)} to ${String(max)}` };
  }
  return { family, bytes: ipBytes(address), length: Number(length) };
}

export function formatPrefix(prefix: OverlayPrefix): string {
  return `${formatIp(prefix.bytes)}/${String(prefix.length)}`;
}

/** @param offset less than 2^32 and, for IPv4, less than the prefix's size */
export function addressAt(prefix: OverlayPrefix, offset: number): OverlayIp {
  const bytes = prefix.bytes.slice();
  const last = new DataView(bytes.buffer, bytes.length - 4);
  last.setUint32(0, last.getUint32(0) + offset);
  return formatIp(bytes) as OverlayIp;
}

export function ipv4Size(prefix: OverlayPrefix): number {
  return 2 ** (32 - prefix.length);
}

/** A locally assigned ULA /48 (RFC 4193 §3.1): fd00::/8 and a global id of 40 random bits. */
export function randomUlaPrefix(randomBytes: (count: number) => Uint8Array): OverlayPrefix {
  const bytes = new Uint8Array(16);
  bytes[0] = 0xfd;
  bytes.set(randomBytes(5), 1);
  return { family: 6, bytes, length: 48 };
}
