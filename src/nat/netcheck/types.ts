// What netcheck asks for and finds out.
import type { HostPort, SocketAddress } from "../../protocol/address.ts";
import type { Milliseconds } from "../../protocol/units.ts";
import type { PortMappingProtocol } from "../port-mapping/types.ts";

/** RFC 4787 §4.1 (mapping) and §5 (filtering); "unknown" where the servers are too few to tell. */
export type NatBehaviour = "endpoint-independent" | "address-dependent" | "address-and-port-dependent" | "unknown";

/** RFC 4787 §4.2: which port the NAT gives to a new mapping. */
export type PortAllocation =
  /** The port of the socket itself. */
  | { readonly pattern: "preserving" }
  /** The one before plus `step` (negative: downwards). */
  | { readonly pattern: "sequential"; readonly step: number }
  | { readonly pattern: "random" }
  | { readonly pattern: "unknown" };

/** How long a UDP mapping lives that nothing is sent through, as far as it was measured (lifetime.ts). */
export interface MappingLifetime {
  /** Lived that long; 0: died in the shortest trial. */
  readonly survivedMs: Milliseconds;
  /** Was dead after that long; undefined: survived the longest trial. */
  readonly diedMs: Milliseconds | undefined;
}

export interface RelayLatency {
  readonly name: string;
  /** Round trip of the best answer; null: no answer. */
  readonly udpMs: Milliseconds | null;
  /** Time to a TCP connection; null: none. */
  readonly tcpMs: Milliseconds | null;
}

/** `meshd netcheck --json` is this. */
export interface NetcheckReport {
  readonly udp: boolean;
  readonly ipv4: boolean;
  readonly ipv6: boolean;
  /** As the servers see the node's socket, at most one a family. */
  readonly publicAddresses: readonly SocketAddress[];
  readonly mapping: NatBehaviour;
  readonly filtering: NatBehaviour;
  readonly allocation: PortAllocation;
  /** Whether the NAT sends back in what this network sends to its public address; null: not known. */
  readonly hairpin: boolean | null;
  /** How long a mapping was seen to live that nothing is sent through (120: that long at least); null: not measured yet, or not measurable. */
  readonly mappingLifetimeSeconds: number | null;
  /** Protocols that the gateway answers. */
  readonly portMapping: readonly PortMappingProtocol[];
  /** Something answers in the servers' stead, as a hotel's login page does; null: not known. */
  readonly captivePortal: boolean | null;
  readonly relays: readonly RelayLatency[];
}

export interface NetcheckRelay {
  readonly name: string;
  /** Where it answers STUN. */
  readonly udp: readonly SocketAddress[];
  /** Of each family, perhaps; one of them will do. */
  readonly tcp: readonly HostPort[];
}

export interface NetcheckInput {
  /** Servers that answer STUN, best first; relays' addresses need not be repeated. */
  readonly servers: readonly SocketAddress[];
  readonly relays: readonly NetcheckRelay[];
  /** Local IPv4 ports of the fresh sockets 1…`FRESH_SOCKETS`, in that order; fewer if they cannot be had. */
  readonly freshPorts: readonly number[];
  readonly port: number;
  /** "udp": without connections to relays and a look for a login page, for checks that nobody waits for. */
  readonly extent: "all" | "udp";
  /** This host's own addresses. */
  readonly localIps: readonly string[];
}

export type NetcheckTransmit =
  /** Socket 0 is the engine's, those above are fresh (IPv4 only). The engine's needs `expectStun([transactionId])` before. */
  | {
      readonly kind: "stun";
      readonly socket: number;
      readonly address: SocketAddress;
      readonly data: Uint8Array;
      readonly transactionId: Uint8Array;
    }
  /** Connect to all of them, close, and say how long the quickest took: `handleTcpResult`. */
  | { readonly kind: "tcp"; readonly id: number; readonly to: readonly HostPort[] }
  /** Fetch `http://host/` without following: `handlePortalResult`. */
  | { readonly kind: "portal"; readonly host: string };

/** One check, from start to report (netcheck.ts). */
export interface NetcheckMachine {
  handleDatagram(socket: number, datagram: Uint8Array, from: SocketAddress, now: Milliseconds): void;
  /** Undefined: no connection. */
  handleTcpResult(id: number, connectMs: Milliseconds | undefined, now: Milliseconds): void;
  handlePortalResult(answer: PortalAnswer | undefined, now: Milliseconds): void;
  handleTimeout(now: Milliseconds): void;
  pollTimeout(): Milliseconds | undefined;
  pollTransmit(): NetcheckTransmit | undefined;
  /** The report, once. */
  pollEvent(): NetcheckFindings | undefined;
}

/** What one check finds; the rest of the report takes longer to learn than a check may last. */
export type NetcheckFindings = Omit<NetcheckReport, "portMapping" | "mappingLifetimeSeconds">;

export interface PortalAnswer {
  readonly status: number;
  /** The host that a redirection names. */
  readonly redirectHost: string | undefined;
}
