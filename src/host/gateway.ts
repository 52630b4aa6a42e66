// The router of this host's default route, from the kernel's tables. They are text files, read in a fraction of a millisecond.
import { createSocket } from "node:dgram";
import { readFileSync } from "node:fs";
import type { Gateway } from "../nat/port-mapping/index.ts";
import { formatIp, type IpFamily, parseIp, unmapIpv4 } from "../protocol/address.ts";

/** Next hop of a default route. */
export interface DefaultRoute {
  readonly ip: string;
  readonly interfaceName: string;
}

/** linux/route.h, the same for both families. */
const RTF_UP = 0x1;
const RTF_GATEWAY = 0x2;
const RTF_REJECT = 0x200;
/** Connecting a UDP socket sends nothing: the port only has to be one. */
const ANY_PORT = 9;

/** Undefined without a default route that has a router, or on a system without /proc. `except`: the TUN device. */
export async function findGateway(family: IpFamily, except: string): Promise<Gateway | undefined> {
  const route =
    family === 4
      ? parseRoutes4(readTable("/proc/net/route"), except)
      : parseRoutes6(readTable("/proc/net/ipv6_route"), except);
  const localIp = route && (await sourceTowards(route, family));
  return route && localIp !== undefined ? { family, localIp, ...route } : undefined;
}

/** "192.0.2.1 eth0" for the default route of each family that has one. */
export function defaultGateways(except: string): readonly string[] {
  const routes = [
    parseRoutes4(readTable("/proc/net/route"), except),
    parseRoutes6(readTable("/proc/net/ipv6_route"), except),
  ];
  return routes.flatMap((route) => (route === undefined ? [] : [`${route.ip} ${route.interfaceName}`]));
}

/** /proc/net/route: Iface Destination Gateway Flags RefCnt Use Metric Mask …, numbers in the host's byte order. */
export function parseRoutes4(table: string, except: string): DefaultRoute | undefined {
  const routes = table
    .split("\n")
    .slice(1)
    .flatMap((line) => {
      const [interfaceName = "", destination = "", gateway = "", flags = "", , , metric = "", mask = ""] = line
        .trim()
        .split(/\s+/);
      const isDefault = destination === "00000000" && mask === "00000000" && /^[0-9A-F]{8}$/.test(gateway);
      if (!isDefault || !leadsOut(flags) || interfaceName === except) return [];
      return [{ ip: formatIp(Buffer.from(gateway, "hex").reverse()), interfaceName, metric: Number(metric) }];
    });
  return best(routes);
}

/** /proc/net/ipv6_route: destination, its length, source, its length, next hop, metric, …, flags, device; numbers in hexadecimal. */
export function parseRoutes6(table: string, except: string): DefaultRoute | undefined {
  const routes = table.split("\n").flatMap((line) => {
    const [, length = "", , , gateway = "", metric = "", , , flags = "", interfaceName = ""] = line.trim().split(/\s+/);
    if (length !== "00" || !/^[0-9a-f]{32}$/.test(gateway) || !leadsOut(flags) || interfaceName === except) return [];
    return [{ ip: formatIp(Buffer.from(gateway, "hex")), interfaceName, metric: Number.parseInt(metric, 16) }];
  });
  return best(routes);
}

function leadsOut(flags: string): boolean {
  const value = Number.parseInt(flags, 16);
  return (value & RTF_UP) !== 0 && (value & RTF_GATEWAY) !== 0 && (value & RTF_REJECT) === 0;
}

/** The kernel's choice: the lowest metric. */
function best(routes: readonly (DefaultRoute & { readonly metric: number })[]): DefaultRoute | undefined {
  const [first] = routes.toSorted((a, b) => a.metric - b.metric);
  return first && { ip: first.ip, interfaceName: first.interfaceName };
}

function readTable(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}

/** The source address that the kernel takes for packets to the router. */
async function sourceTowards({ ip, interfaceName }: DefaultRoute, family: IpFamily): Promise<string | undefined> {
  const socket = createSocket(family === 4 ? "udp4" : "udp6");
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once("error", reject);
      socket.connect(ANY_PORT, zoned(ip, interfaceName), resolve);
    });
    return parseIp(unmapIpv4(unzoned(socket.address().address)));
  } catch {
    return undefined;
  } finally {
    socket.close();
  }
}

/** A link-local address means something on its link only. */
export function zoned(ip: string, interfaceName: string): string {
  return ip.startsWith("fe80:") ? `${ip}%${interfaceName}` : ip;
}

export function unzoned(ip: string): string {
  return ip.split("%")[0] ?? ip;
}
