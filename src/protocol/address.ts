// UDP and TCP endpoints, prefixes and names as text. One spelling each, so that equal means equal as strings.
import { formatIp, ipBytes, ipFamily, parseIp, unmapIpv4 } from "./ip.ts";
import type { IpFamily } from "./ip.ts";

export { formatIp, ipBytes, ipFamily, parseIp, unmapIpv4 };
export type { IpFamily };

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
  return parts && ip !== undefined && isBracketedRight(ip, parts) ? formatSocketAddress(ip, parts.port) : undefined;
}

/** `ip` must be valid (as from `parseIp` or the system); an IPv4-mapped IPv6 address becomes IPv4. Throws RangeError. */
export function formatSocketAddress(ip: string, port: number): SocketAddress {
  const canonical = parseIp(unmapIpv4(ip));
  if (canonical === undefined || !Number.isInteger(port) || port < 1 || port > 65535) {
    throw new RangeError("not an address and port");
  }
  return formatHostPort({ host: canonical, port }) as SocketAddress;
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
  if (ip !== undefined) return isBracketedRight(ip, parts) ? { host: ip, port } : undefined;
  return !bracketed && isDnsName(host) ? { host: host.toLowerCase(), port } : undefined;
}

export function formatHostPort({ host, port }: HostPort): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
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

interface SplitHostPort extends HostPort {
  readonly bracketed: boolean;
}

function splitHostPort(text: string, maxLength: number): SplitHostPort | undefined {
  if (text.length > maxLength) return undefined;
  const colon = text.lastIndexOf(":");
  const host = text.slice(0, Math.max(colon, 0));
  const digits = text.slice(colon + 1);
  const port = Number(digits);
  if (host === "" || !PORT.test(digits) || port > 65535) return undefined;
  if (host.startsWith("[") && host.endsWith("]")) return { host: host.slice(1, -1), port, bracketed: true };
  return { host, port, bracketed: false };
}

/** Brackets are for IPv6, and for nothing else. */
function isBracketedRight(ip: string, { bracketed }: SplitHostPort): boolean {
  return (ipFamily(ip) === 6) === bracketed;
}

function isDnsName(host: string): boolean {
  const labels = host.split(".");
  if (host.length > MAX_HOST_TEXT || !labels.every((label) => DNS_LABEL.test(label))) return false;
  // An all-numeric last label is a mistyped IPv4 address, not a name (RFC 3696 §2).
  return !/^[0-9]+$/.test(labels.at(-1) ?? "");
}
