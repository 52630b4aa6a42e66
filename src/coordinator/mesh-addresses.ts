// What the netmap says of where the coordinator, its STUN and its relay are.
import { formatHostPort, formatSocketAddress } from "../protocol/address.ts";
import type { HostPort } from "../protocol/address.ts";
import type { MeshEntry, RelayEntry } from "../protocol/messages.ts";
import { formatPrefix, type OverlayPrefix } from "./prefixes.ts";
import { isPublic, type OwnAddresses } from "../server/own-addresses.ts";

/** Names of the mesh end in it. */
const DOMAIN = "mesh";
/** The relay inside a coordinator. */
export const RELAY_NAME = "main";

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
