// What the port-mapping machines say and hear. They do no I/O: src/host/port-mapping-io.ts carries out what they ask for.
import type { IpFamily, SocketAddress } from "../../protocol/address.ts";
import type { Milliseconds } from "../../protocol/units.ts";

/** In the order of preference. */
export const PORT_MAPPING_PROTOCOLS = ["pcp", "nat-pmp", "upnp"] as const;
export type PortMappingProtocol = (typeof PORT_MAPPING_PROTOCOLS)[number];

/** The router of this host's default route, and how this host looks from there. */
export interface Gateway {
  readonly family: IpFamily;
  /** Without a zone, canonical. */
  readonly ip: string;
  readonly interfaceName: string;
  /** The source address of what this host sends to it, canonical. */
  readonly localIp: string;
}

/** Where the router was told to send a port of its own. */
export interface PortMapping {
  readonly protocol: PortMappingProtocol;
  /** What the router says; may be private where another NAT follows (external-address.ts). */
  readonly external: SocketAddress;
  readonly expiresAt: Milliseconds;
}

/** A datagram for the gateway, or for SSDP's multicast group on its link. */
export interface GatewayDatagram {
  readonly kind: "datagram";
  readonly to: "gateway" | "ssdp";
  readonly port: number;
  readonly data: Uint8Array;
}

/** A request to the gateway's web server. Answer with `handleHttpResponse(id, …)`, whatever comes of it. */
export interface GatewayRequest {
  readonly kind: "http";
  readonly id: number;
  readonly method: "GET" | "POST";
  readonly port: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export type PortMappingTransmit = GatewayDatagram | GatewayRequest;

export interface GatewayResponse {
  readonly status: number;
  readonly body: string;
}

export type PortMapperEvent =
  /** A mapping is new, or leads elsewhere than before. */
  | { readonly type: "mapped"; readonly mapping: PortMapping }
  /** It ran out or the router forgot it. */
  | { readonly type: "lost"; readonly reason: string }
  /** The mapping was removed, or there was none: nothing more is sent. */
  | { readonly type: "closed" };

/** What is known of the gateway's port mapping, for `netcheck` and `status`. */
export interface PortMapperReport {
  /** Protocols that answered. */
  readonly available: readonly PortMappingProtocol[];
  readonly mapping: PortMapping | undefined;
  /** Protocols that answered and refused, or are not there, in words. */
  readonly problems: readonly string[];
  /** Every protocol answered or had its time. */
  readonly settled: boolean;
}

/**
 * Keeps one mapping of this host's UDP port on the gateway (port-mapper.ts). Verbs as everywhere: after any `handle…`, drain
 * `pollTransmit` and `pollEvent` until undefined and arm a timer at `pollTimeout`.
 */
export interface PortMapperMachine {
  /** Undefined: there is no gateway. A change forgets everything known; the old router's mapping is left to expire. */
  handleGateway(gateway: Gateway | undefined, now: Milliseconds): void;
  /** The link came back or its addresses changed, though the gateway is the same: starts over. */
  handleNetworkChange(now: Milliseconds): void;
  /** Datagrams to the gateway's socket, or announcements (RFC 6887 §14.1), from anywhere. */
  handleDatagram(datagram: Uint8Array, from: DatagramSource, now: Milliseconds): void;
  /** Undefined: no answer, or none within the limits of size and time. */
  handleHttpResponse(id: number, response: GatewayResponse | undefined, now: Milliseconds): void;
  /** Removes the mapping; "closed" follows within a second or two. */
  handleClose(now: Milliseconds): void;
  handleTimeout(now: Milliseconds): void;
  pollTimeout(): Milliseconds | undefined;
  pollTransmit(): PortMappingTransmit | undefined;
  pollEvent(): PortMapperEvent | undefined;
  report(): PortMapperReport;
}

export interface DatagramSource {
  /** Without a zone, canonical. */
  readonly ip: string;
  readonly port: number;
}
