// IP addresses and UDP/TCP endpoints as text. One spelling each (RFC 5952 for IPv6), so that equal means equal as strings.
import { isIPv4, isIPv6 } from "node:net";

declare const socketAddressBrand: unique symbol;
declare const overlayIpBrand: unique symbol;

/** "203.0.113.7:41641" or "[2001:db8::7]:41641"; canonical, port 1…65535, never a zone or an IPv4-mapped IPv6 address. */
export type SocketAddress = string & { readonly [socketAddressBrand]: true };

/** An address of a node inside the mesh, canonical. */
export type OverlayIp = string & { readonly [overlayIpBrand]: true };

/** Where a coordinator listens: a DNS name or an IP address (without brackets), and a port. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
}

export type IpFamily = 4 | 6;

/** Longest text accepted: "[" + 45 + "]:65535" with room. */
const MAX_ADDRESS_TEXT = 64;
/** RFC 1035 §2.3.4: a name has at most 253 visible characters. */
const MAX_HOST_TEXT = 253;
const DNS_LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/i;
const PORT = /^[1-9][0-9]{0,4}$/;

/** Strict; undefined for anything that is not exactly an IP address and a port. Non-canonical IPv6 is made canonical. */
export function parseSocketAddress(text: string): SocketAddress | undefined {
  const parts = splitHostPort(text, MAX_ADDRESS_TEXT);
  const ip = parts && parseIp(parts.host);
  return parts && ip !== undefined && isIPv6(ip) === parts.bracketed ? formatSocketAddress(ip, parts.port) : undefined;
}

/** `ip` must be valid (as from `parseIp` or the system); an IPv4-mapped IPv6 address becomes IPv4. Throws RangeError. */
export function formatSocketAddress(ip: string, port: number): SocketAddress {
  const canonical = parseIp(unmapIpv4(ip));
  if (canonical === undefined || !Number.isInteger(port) || port < 1 || port > 65535) {
    throw new RangeError("not an address and port");
  }
  return (isIPv6(canonical) ? `[${canonical}]:${port}` : `${canonical}:${port}`) as SocketAddress;
}

/** The parts of an address known to be well-formed. */
export function splitSocketAddress(address: SocketAddress): { ip: string; port: number; family: IpFamily } {
  const colon = address.lastIndexOf(":");
  const port = Number(address.slice(colon + 1));
  return address.startsWith("[")
    ? { ip: address.slice(1, colon - 1), port, family: 6 }
    : { ip: address.slice(0, colon), port, family: 4 };
}

/** "host:port", "1.2.3.4:5" or "[::1]:5"; undefined if malformed. */
export function parseHostPort(text: string): HostPort | undefined {
  const parts = splitHostPort(text, MAX_HOST_TEXT + 6);
  if (!parts) return undefined;
  const { host, port, bracketed } = parts;
  const ip = parseIp(host);
  if (ip !== undefined) return isIPv6(ip) === bracketed ? { host: ip, port } : undefined;
  return !bracketed && isDnsName(host) ? { host: host.toLowerCase(), port } : undefined;
}

export function formatHostPort({ host, port }: HostPort): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Canonical text of an IP address, undefined if it is none, has a zone, or is an IPv4 address in IPv6 clothes. */
export function parseIp(text: string): string | undefined {
  if (isIPv4(text)) return text;
  if (!isIPv6(text) || text.includes("%") || isMapped(text)) return undefined;
  return formatIp(ipBytes(text));
}

export function parseOverlayIp(text: string): OverlayIp | undefined {
  return parseIp(text) as OverlayIp | undefined;
}

/** Canonical "prefix/length" with no bit set beyond the length; undefined otherwise. */
export function parseCidr(text: string): string | undefined {
  const slash = text.indexOf("/");
  if (slash < 0) return undefined;
  const ip = parseIp(text.slice(0, slash));
  const digits = text.slice(slash + 1);
  if (ip === undefined || !/^(0|[1-9][0-9]{0,2})$/.test(digits)) return undefined;
  const length = Number(digits);
  const bytes = ipBytes(ip);
  if (length > bytes.length * 8) return undefined;
  const hostBitsClear = bytes.every((byte, i) => (byte & (0xff >> Math.min(8, Math.max(0, length - i * 8)))) === 0);
  return hostBitsClear ? `${ip}/${length}` : undefined;
}

/** 4 or 16 bytes of a valid address. */
export function ipBytes(ip: string): Uint8Array {
  if (isIPv4(ip)) return Uint8Array.from(ip.split("."), Number);
  const [head = "", tail] = expandDottedTail(ip).split("::");
  const front = hextets(head);
  const back = tail === undefined ? [] : hextets(tail);
  const groups = [...front, ...new Array<number>(8 - front.length - back.length).fill(0), ...back];
  return Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 0xff]));
}

/** RFC 5952: lower case, no leading zeros, the first longest run of two or more zero groups is "::". */
export function formatIp(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join(".");
  const groups = Array.from({ length: 8 }, (_, i) => ((bytes[i * 2] ?? 0) << 8) | (bytes[i * 2 + 1] ?? 0));
  let best = { start: 0, length: 0 };
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while (start + length < 8 && groups[start + length] === 0) length++;
    if (length > best.length) best = { start, length };
  }
  const text = (part: readonly number[]) => part.map((group) => group.toString(16)).join(":");
  if (best.length < 2) return text(groups);
  return `${text(groups.slice(0, best.start))}::${text(groups.slice(best.start + best.length))}`;
}

/** "::ffff:1.2.3.4" (as dual-stack sockets report) as "1.2.3.4"; anything else unchanged. */
export function unmapIpv4(ip: string): string {
  return isIPv6(ip) && isMapped(ip) ? formatIp(ipBytes(ip).subarray(12)) : ip;
}

function isMapped(ipv6: string): boolean {
  const bytes = ipBytes(ipv6.split("%", 1)[0] ?? ipv6);
  return bytes.subarray(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff;
}

function hextets(text: string): number[] {
  return text === "" ? [] : text.split(":").map((group) => Number.parseInt(group, 16));
}

/** "::ffff:1.2.3.4" as "::ffff:102:304". */
function expandDottedTail(ipv6: string): string {
  const colon = ipv6.lastIndexOf(":");
  const dotted = ipv6.slice(colon + 1);
  if (!isIPv4(dotted)) return ipv6;
  const [a = 0, b = 0, c = 0, d = 0] = dotted.split(".").map(Number);
  return `${ipv6.slice(0, colon + 1)}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
}

function splitHostPort(text: string, maxLength: number): (HostPort & { bracketed: boolean }) | undefined {
  if (text.length > maxLength) return undefined;
  const colon = text.lastIndexOf(":");
  const host = text.slice(0, Math.max(colon, 0));
  const digits = text.slice(colon + 1);
  const port = Number(digits);
  if (host === "" || !PORT.test(digits) || port > 65535) return undefined;
  if (host.startsWith("[") && host.endsWith("]")) return { host: host.slice(1, -1), port, bracketed: true };
  return { host, port, bracketed: false };
}

function isDnsName(host: string): boolean {
  const labels = host.split(".");
  // An all-numeric last label is a mistyped IPv4 address, not a name (RFC 3696 §2).
  return (
    host.length <= MAX_HOST_TEXT &&
    labels.every((label) => DNS_LABEL.test(label)) &&
    !/^[0-9]+$/.test(labels.at(-1) ?? "")
  );
}
