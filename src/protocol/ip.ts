// IP addresses as text and bytes, one spelling each: dotted decimal without leading zeros, RFC 5952 for IPv6.

export type IpFamily = 4 | 6;

/** The longest: eight groups of four, or six and a dotted tail. */
const MAX_IP_TEXT = 45;
const IPV4_OCTET = /^(?:0|[1-9][0-9]{0,2})$/;
const IPV6_GROUP = /^[0-9a-f]{1,4}$/i;

/** Canonical text of an IP address, undefined if it is none, has a zone, or is an IPv4 address in IPv6 clothes. */
export function parseIp(text: string): string | undefined {
  const bytes = parseIpBytes(text);
  return bytes && !isMapped(bytes) ? formatIp(bytes) : undefined;
}

/** 4 or 16 bytes. Throws RangeError if `ip` is not an address: for text that was parsed before. */
export function ipBytes(ip: string): Uint8Array {
  const bytes = parseIpBytes(ip);
  if (!bytes) throw new RangeError("not an IP address");
  return bytes;
}

export function ipFamily(ip: string): IpFamily {
  return ip.includes(":") ? 6 : 4;
}

/** "::ffff:1.2.3.4" (as dual-stack sockets report) as "1.2.3.4"; anything else unchanged. */
export function unmapIpv4(ip: string): string {
  const bytes = parseIpBytes(ip);
  return bytes && isMapped(bytes) ? formatIp(bytes.subarray(12)) : ip;
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

function parseIpBytes(text: string): Uint8Array | undefined {
  if (text.length > MAX_IP_TEXT) return undefined;
  return text.includes(":") ? parseIpv6(text) : parseIpv4(text);
}

function parseIpv4(text: string): Uint8Array | undefined {
  const octets = text.split(".");
  const valid = octets.length === 4 && octets.every((octet) => IPV4_OCTET.test(octet) && Number(octet) <= 255);
  return valid ? Uint8Array.from(octets, Number) : undefined;
}

/** RFC 4291 §2.2: eight groups; "::" once, for one or more of them; the last two may be dotted decimal. */
function parseIpv6(text: string): Uint8Array | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map((half, i) => parseGroups(half, i === halves.length - 1));
  if (!head) return undefined;
  if (halves.length === 1) return head.length === 16 ? Uint8Array.from(head) : undefined;
  if (!tail || head.length + tail.length > 14) return undefined;
  const bytes = new Uint8Array(16);
  bytes.set(head);
  bytes.set(tail, 16 - tail.length);
  return bytes;
}

/** The bytes of groups between colons; none of no text. */
function parseGroups(text: string, mayEndDotted: boolean): number[] | undefined {
  if (text === "") return [];
  const groups = text.split(":");
  const bytes: number[] = [];
  for (const [i, group] of groups.entries()) {
    if (IPV6_GROUP.test(group)) {
      const value = Number.parseInt(group, 16);
      bytes.push(value >> 8, value & 0xff);
      continue;
    }
    const dotted = mayEndDotted && i === groups.length - 1 ? parseIpv4(group) : undefined;
    if (!dotted) return undefined;
    bytes.push(...dotted);
  }
  return bytes;
}

/** RFC 4291 §2.5.5.2. */
function isMapped(bytes: Uint8Array): boolean {
  const prefix = bytes.length === 16 && bytes.subarray(0, 10).every((byte) => byte === 0);
  return prefix && bytes[10] === 0xff && bytes[11] === 0xff;
}
