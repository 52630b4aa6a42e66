// Which addresses may be probed at all. A candidate is a claim by someone else (docs: "Candidates are claims"): whatever reaches
// this host itself, a whole link, or the overlay (a tunnel through itself) is never sent to, whoever names it.
import { ipBytes, parseCidr, parseIp, type SocketAddress, splitSocketAddress } from "../protocol/address.ts";
import type { InterfaceAddress } from "./types.ts";

/** True for an address that may be probed and told to others. */
export type AddressFilter = (address: SocketAddress) => boolean;

export interface AddressFilterOptions {
  /** CIDRs of the mesh (IPv4 and IPv6). */
  readonly overlayPrefixes: readonly string[];
  readonly interfaces: readonly InterfaceAddress[];
  /** The TUN interface; its addresses are never candidates, even if they lie outside the mesh's prefixes. */
  readonly tunName?: string;
}

interface Prefix {
  readonly bytes: Uint8Array;
  readonly length: number;
}

const NEVER_PROBED = [
  "0.0.0.0/8", // this network, RFC 1122 §3.2.1.3
  "127.0.0.0/8", // loopback
  "169.254.0.0/16", // link-local, RFC 3927
  "192.0.0.0/24", // protocol assignments, RFC 6890: also what 464XLAT gives a host internally
  "224.0.0.0/4", // multicast
  "240.0.0.0/4", // reserved, with the limited broadcast address
  "::/127", // unspecified and loopback
  "64:ff9b:1::/48", // local-use IPv4/IPv6 translation, RFC 8215
  "100::/64", // discard-only, RFC 6666
  "fe80::/10", // link-local
  "ff00::/8", // multicast
].map(toPrefix);
/** RFC 3021: a /31 has no broadcast address; a /32 stands alone. */
const LONGEST_PREFIX_WITH_BROADCAST = 30;

export function addressFilter({ overlayPrefixes, interfaces, tunName }: AddressFilterOptions): AddressFilter {
  const forbidden = [...NEVER_PROBED, ...overlayPrefixes.map(toPrefix)];
  for (const { name, ip, prefixLength } of interfaces) {
    const canonical = parseIp(ip);
    if (canonical === undefined) continue;
    const bytes = ipBytes(canonical);
    if (name === tunName) forbidden.push({ bytes, length: bytes.length * 8 });
    else if (bytes.length === 4 && prefixLength <= LONGEST_PREFIX_WITH_BROADCAST) {
      forbidden.push(lastOf(bytes, prefixLength), firstOf(bytes, prefixLength));
    }
  }
  return (address) => {
    const bytes = ipBytes(splitSocketAddress(address).ip);
    return !forbidden.some((prefix) => contains(prefix, bytes));
  };
}

/** Throws RangeError for a prefix that is none: they come from a netmap that was checked. */
function toPrefix(cidr: string): Prefix {
  const [ip, length] = parseCidr(cidr)?.split("/") ?? [];
  if (ip === undefined) throw new RangeError(`not a prefix: ${cidr}`);
  return { bytes: ipBytes(ip), length: Number(length) };
}

function contains(prefix: Prefix, bytes: Uint8Array): boolean {
  if (prefix.bytes.length !== bytes.length) return false;
  return bytes.every((byte, i) => ((byte ^ (prefix.bytes[i] ?? 0)) & maskByte(prefix.length, i)) === 0);
}

/** The directed broadcast address of the subnet an interface is in, as a prefix of one. */
function lastOf(bytes: Uint8Array, length: number): Prefix {
  return { bytes: bytes.map((byte, i) => byte | (~maskByte(length, i) & 0xff)), length: 32 };
}

/** The all-zeros host, the broadcast address of old (RFC 1122 §3.3.6). */
function firstOf(bytes: Uint8Array, length: number): Prefix {
  return { bytes: bytes.map((byte, i) => byte & maskByte(length, i)), length: 32 };
}

/** Byte `i` of the network mask. */
function maskByte(length: number, i: number): number {
  return (0xff00 >> Math.min(8, Math.max(0, length - i * 8))) & 0xff;
}
