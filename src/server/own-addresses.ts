// At which addresses the nodes of the mesh find this host. A host behind a 1:1 NAT cannot see its public address and is told
// (--public-address); otherwise all of the host's addresses count: many meshes live in private networks. Order matters, as it
// is what nodes try: given by hand, public, private, loopback only if there is nothing else; the source address of the default
// route before others of its class.
import { createSocket } from "node:dgram";
import { lookup } from "node:dns/promises";
import { networkInterfaces } from "node:os";
import { hasNoLinkLayer } from "../host/interfaces.ts";
import { ipBytes, parseIp } from "../protocol/address.ts";
import { contains, toPrefix } from "../protocol/prefix.ts";

export interface OwnAddresses {
  /** IP addresses, best first. */
  readonly ips: readonly string[];
  /** What goes into auth keys and the netmap as coordinator: as given by hand if it is a name. */
  readonly hosts: readonly string[];
}

/** More would only make nodes try longer; an auth key holds 16. */
const MAX_ADDRESSES = 8;

export interface AddressQuestion {
  /** --public-address: a name or an IP address. */
  readonly publicAddress?: string;
  /** The one address that is listened on, or that of all of a family; undefined: all. */
  readonly listenHost?: string;
  /** Prefixes of the mesh itself: its addresses are nobody's way to this host. */
  readonly overlay: readonly string[];
}

export async function findOwnAddresses(question: AddressQuestion): Promise<OwnAddresses> {
  const { publicAddress, listenHost, overlay } = question;
  const isAny = listenHost === undefined || listenHost === "::" || listenHost === "0.0.0.0";
  const all = isAny ? rankAddresses(interfaceAddresses(), await defaultSources(), overlay) : [listenHost];
  const local = listenHost === "0.0.0.0" ? all.filter((ip) => !ip.includes(":")) : all;
  const given = publicAddress === undefined ? [] : await resolve(publicAddress);
  const ips = unique([...given, ...local]).slice(0, MAX_ADDRESSES);
  const hosts = publicAddress === undefined || parseIp(publicAddress) !== undefined ? ips : [publicAddress, ...ips];
  return { ips, hosts: hosts.slice(0, MAX_ADDRESSES) };
}

export interface InterfaceAddress {
  readonly interfaceName: string;
  readonly ip: string;
  /** A tunnel of this mesh, of another one or of another VPN: nobody's way to this host but through that. */
  readonly isTunnel?: boolean;
}

/** Exported for tests: the order without the system. */
export function rankAddresses(
  found: readonly InterfaceAddress[],
  defaultSources: readonly string[],
  overlay: readonly string[],
): readonly string[] {
  const rank = ({ ip, interfaceName }: InterfaceAddress): number =>
    scopeRank(ip) * 4 + (defaultSources.includes(ip) ? 0 : isBridge(interfaceName) ? 2 : 1);
  const meshPrefixes = overlay.flatMap((text) => toPrefix(text) ?? []);
  const isOverlay = (ip: string): boolean => {
    const address = toPrefix(ip);
    return address !== undefined && meshPrefixes.some((prefix) => contains(prefix, address));
  };
  // Some modems' uplinks look like tunnels; those have the default route.
  const usable = found.filter(
    ({ ip, isTunnel }) => (isTunnel !== true || defaultSources.includes(ip)) && !isOverlay(ip) && scopeRank(ip) < 4,
  );
  const sorted = usable.map((address) => ({ ip: address.ip, rank: rank(address) })).sort((a, b) => a.rank - b.rank);
  const routed = sorted.filter(({ ip }) => scopeRank(ip) < 3);
  return unique((routed.length > 0 ? routed : sorted).map(({ ip }) => ip));
}

/** Reachable from the internet as far as the address tells. */
export function isPublic(ip: string): boolean {
  return scopeRank(ip) < 2;
}

/** 0 global IPv4, 1 global IPv6, 2 private, 3 loopback, 4 of no use beyond a link. */
function scopeRank(ip: string): number {
  const bytes = ipBytes(ip);
  const [a = 0, b = 0] = bytes;
  if (bytes.length === 16) {
    if (bytes.subarray(0, 15).every((byte) => byte === 0)) return bytes[15] === 1 ? 3 : 4;
    if (a === 0xff || (a === 0xfe && (b & 0xc0) === 0x80)) return 4;
    return (a & 0xfe) === 0xfc ? 2 : 1;
  }
  if (a === 127) return 3;
  if (a === 0 || a >= 224 || (a === 169 && b === 254)) return 4;
  const isPrivate =
    a === 10 || (a === 172 && (b & 0xf0) === 16) || (a === 192 && b === 168) || (a === 100 && (b & 0xc0) === 64);
  return isPrivate ? 2 : 0;
}

/** Bridges of containers and virtual machines on this host: reachable only from within it. */
function isBridge(interfaceName: string): boolean {
  return /^(docker\d|br-[0-9a-f]{12}$|virbr\d|lxc|lxdbr|podman|cni)/.test(interfaceName);
}

function interfaceAddresses(): readonly InterfaceAddress[] {
  return Object.entries(networkInterfaces()).flatMap(([interfaceName, addresses = []]) =>
    addresses.flatMap(({ address }) => {
      const ip = parseIp(address);
      return ip === undefined ? [] : [{ interfaceName, ip, isTunnel: hasNoLinkLayer(interfaceName) }];
    }),
  );
}

/** The kernel's choice of source towards the internet, of each family. Connecting a UDP socket sends nothing. */
async function defaultSources(): Promise<readonly string[]> {
  // Documentation addresses (RFC 5737, RFC 3849): routed by the default route alone.
  const sources = await Promise.all([sourceTowards("udp4", "192.0.2.1"), sourceTowards("udp6", "2001:db8::1")]);
  return sources.filter((source) => source !== undefined);
}

function sourceTowards(type: "udp4" | "udp6", destination: string): Promise<string | undefined> {
  const socket = createSocket(type);
  return new Promise<string | undefined>((done) => {
    socket.once("error", () => {
      done(undefined);
    });
    socket.connect(9, destination, () => {
      done(parseIp(socket.address().address));
    });
  }).finally(() => {
    socket.close();
  });
}

async function resolve(host: string): Promise<readonly string[]> {
  const ip = parseIp(host);
  if (ip !== undefined) return [ip];
  try {
    const found = await lookup(host, { all: true });
    return found.map(({ address }) => parseIp(address)).filter((address) => address !== undefined);
  } catch {
    // A name that does not resolve now may resolve at the nodes, or at the next look.
    return [];
  }
}

function unique(items: readonly string[]): string[] {
  return [...new Set(items)];
}
