// The networks this host has routes to, from the kernel's tables: text files, read in a fraction of a millisecond, while a node that joins
// waits.
import { readFileSync } from "node:fs";
import { formatIp } from "../protocol/address.ts";

export interface HostRoute {
  /** "10.0.0.0/8"; "0.0.0.0/0" and "::/0" are default routes. */
  readonly destination: string;
  readonly device: string;
}

/** linux/route.h and linux/ipv6_route.h. */
const RTF_UP = 0x1;
const RTF_REJECT = 0x200;
/** The host's own addresses, listed among the routes of IPv6. */
const RTF_LOCAL = 0x8000_0000;

/** Of both families. Empty on a system without /proc. */
export function hostRoutes(): readonly HostRoute[] {
  return [...routes4(readTable("/proc/net/route")), ...routes6(readTable("/proc/net/ipv6_route"))];
}

/** /proc/net/route: Iface Destination Gateway Flags RefCnt Use Metric Mask …, numbers in the host's byte order. */
export function routes4(table: string): readonly HostRoute[] {
  return table.split("\n").flatMap((line) => {
    const [device = "", destination = "", , flags = "", , , , mask = ""] = line.trim().split(/\s+/);
    if (!/^[0-9A-F]{8}$/.test(destination) || !/^[0-9A-F]{8}$/.test(mask) || !leadsTo(flags)) return [];
    const length = Number.parseInt(mask, 16).toString(2).replaceAll("0", "").length;
    return [{ destination: `${formatIp(Buffer.from(destination, "hex").reverse())}/${length}`, device }];
  });
}

/** /proc/net/ipv6_route: destination, its length, source, its length, next hop, metric, …, flags, device; numbers in hexadecimal. */
export function routes6(table: string): readonly HostRoute[] {
  return table.split("\n").flatMap((line) => {
    const [destination = "", length = "", , , , , , , flags = "", device = ""] = line.trim().split(/\s+/);
    if (!/^[0-9a-f]{32}$/.test(destination) || !/^[0-9a-f]{2}$/.test(length) || !leadsTo(flags)) return [];
    return [{ destination: `${formatIp(Buffer.from(destination, "hex"))}/${Number.parseInt(length, 16)}`, device }];
  });
}

function leadsTo(flags: string): boolean {
  const value = Number.parseInt(flags, 16);
  return (value & RTF_UP) !== 0 && (value & (RTF_REJECT | RTF_LOCAL)) === 0;
}

function readTable(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}
