// What the netmap says of where the coordinator, its STUN and its relay are; kept true while the host's addresses change.
import { formatHostPort, formatSocketAddress } from "../protocol/address.ts";
import type { HostPort } from "../protocol/address.ts";
import type { MeshEntry, RelayEntry } from "../protocol/messages.ts";
import { formatPrefix, type OverlayPrefix } from "./prefixes.ts";
import { type AddressQuestion, findOwnAddresses, isPublic, type OwnAddresses } from "./own-addresses.ts";

/** Names of the mesh end in it. */
const DOMAIN = "mesh";
/** The relay inside a coordinator. */
export const RELAY_NAME = "main";
const POLL_MS = 10_000;

export interface Services {
  readonly controlPort: number;
  readonly stunPort: number;
  /** Undefined: this coordinator relays nothing. */
  readonly relay?: { readonly port: number; readonly key: Uint8Array };
}

export interface MeshPrefixes {
  readonly ipv4: OverlayPrefix;
  readonly ipv6: OverlayPrefix;
}

export function coordinatorsOf({ hosts }: OwnAddresses, { controlPort }: Services): readonly HostPort[] {
  return hosts.map((host) => ({ host, port: controlPort }));
}

export function meshEntryOf(addresses: OwnAddresses, services: Services, { ipv4, ipv6 }: MeshPrefixes): MeshEntry {
  const { stunPort, relay } = services;
  // A server on the node's own side of a NAT tells it nothing of its mapping, so private ones serve only where all are.
  const open = addresses.ips.filter(isPublic);
  const stunHosts = open.length > 0 ? open : addresses.ips;
  // The relay's port answers too: two ports of one address tell how a NAT maps (RFC 5780 §4.3).
  const stunPorts = [stunPort, ...(relay === undefined ? [] : [relay.port])];
  return {
    kind: "mesh",
    domain: DOMAIN,
    ipv4Prefix: formatPrefix(ipv4),
    ipv6Prefix: formatPrefix(ipv6),
    coordinators: coordinatorsOf(addresses, services).map(formatHostPort),
    stunServers: stunPorts.flatMap((port) => stunHosts.map((ip) => formatSocketAddress(ip, port))),
  };
}

export function relayEntriesOf(addresses: OwnAddresses, services: Services): readonly RelayEntry[] {
  const { relay } = services;
  if (relay === undefined) return [];
  const udpAddresses = addresses.ips.map((ip) => formatSocketAddress(ip, relay.port));
  const tcpAddresses = coordinatorsOf(addresses, services).map(formatHostPort);
  const { key } = relay;
  const said = { region: "", away: false, offered: false };
  return [{ kind: "relay", relay: RELAY_NAME, key, udpAddresses, tcpAddresses, ...said }];
}

/** Looks again every `POLL_MS`; ends with the signal. */
export function watchOwnAddresses(
  question: AddressQuestion,
  first: OwnAddresses,
  onChange: (addresses: OwnAddresses) => void,
  onFailure: (error: unknown) => void,
  signal: AbortSignal,
): void {
  let known = JSON.stringify(first);
  const look = async (): Promise<void> => {
    const addresses = await findOwnAddresses(question);
    const text = JSON.stringify(addresses);
    // A host that has lost all addresses will get one again; until then the old ones are as good as none.
    if (signal.aborted || text === known || addresses.ips.length === 0) return;
    known = text;
    onChange(addresses);
  };
  const timer = setInterval(() => void look().catch(onFailure), POLL_MS);
  signal.addEventListener("abort", () => {
    clearInterval(timer);
  });
}
