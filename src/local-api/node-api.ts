// What a node's daemon answers on its local API: the shapes of `meshd status --json` and of the streams of `up` and `ping`. They are a
// contract (only additions), shared by the daemon, which makes them, and the command line, which prints them.

export type NodeState = "running" | "starting" | "stopped" | "needs-login" | "needs-approval";

export type PathKind = "direct" | "relay-udp" | "relay-tcp" | "none";

export interface PathStatus {
  readonly kind: PathKind;
  /** Of a direct path: the peer's; of a relayed one: the relay's. */
  readonly address?: string;
  readonly relay?: string;
  readonly rttMs?: number;
  readonly mtu?: number;
  /** RFC 3339. */
  readonly since?: string;
}

export interface PeerStatus {
  readonly name: string;
  readonly dnsName: string;
  readonly key: string;
  readonly ips: readonly string[];
  readonly tags: readonly string[];
  readonly online: boolean;
  readonly lastSeen?: string;
  readonly routes: readonly string[];
  /** What packets use now; "none" before the first. */
  readonly path: PathStatus;
  /** Every live path, best first. */
  readonly paths: readonly PathStatus[];
  readonly tls?: { readonly cipher: string; readonly kx: string };
  readonly rxBytes: number;
  readonly txBytes: number;
  readonly lastHandshake?: string;
}

export interface SelfStatus {
  readonly name: string;
  readonly dnsName: string;
  readonly key: string;
  readonly ips: readonly string[];
  readonly tags: readonly string[];
  readonly endpoints: readonly string[];
  readonly homeRelay: string;
  /** While this node offers a relay. */
  readonly offeredRelay?: OfferedRelayStatus;
}

export interface OfferedRelayStatus {
  /** "checking": the coordinator has not said yet; "accepted": nodes use it; others: `health` says what to do. */
  readonly state: "checking" | "accepted" | "unreachable" | "not-wanted" | "full" | "refused" | "failed";
  /** As other nodes know it. */
  readonly name?: string;
  readonly port?: number;
  /** Where it was reached; until then, where it may be. */
  readonly addresses: readonly string[];
  readonly clients: number;
  readonly forwardedBytes: number;
}

export interface NodeStatus {
  readonly version: string;
  readonly state: NodeState;
  readonly self?: SelfStatus;
  readonly coordinator?: { readonly url: string; readonly connected: boolean; readonly netmapVersion: number };
  /** Warnings in words. */
  readonly health: readonly string[];
  readonly drops: Readonly<Record<string, number>>;
  readonly peers: readonly PeerStatus[];
}

/** Body of POST /v1/up. What is left out stays as it was. */
export interface UpRequest {
  /** Secret: goes over the socket, never into argv of another process or a log. */
  readonly authKey?: string;
  readonly hostname?: string;
  readonly acceptDns?: boolean;
  readonly tun?: string;
  /** 0: any. */
  readonly port?: number;
  readonly shieldsUp?: boolean;
  readonly portMapping?: boolean;
  /** Relay for other nodes of the mesh. */
  readonly offerRelay?: boolean;
  /** UDP port of that relay. 0: any, and then the one of last time. */
  readonly relayPort?: number;
  /** Bits a second that it carries; 0: no limit. */
  readonly relayRate?: number;
  /** A user's name; "" for none. */
  readonly operator?: string;
  readonly timeoutMs?: number;
}

/** Lines of POST /v1/up; the last one is "connected", or an error. */
export type UpProgress =
  | { readonly stage: "starting" | "connecting" | "registering" | "configuring"; readonly detail: string }
  | { readonly stage: "connected"; readonly status: NodeStatus };

/** Answer of GET /v1/why/:node: why a peer is reached as it is. */
export interface WhyAnswer {
  readonly name: string;
  readonly key: string;
  readonly online: boolean;
  /** What packets use now. */
  readonly path: PathStatus;
  /** In words; absent where nothing blocks a direct path. */
  readonly blocker?: string;
  readonly advice: readonly string[];
  readonly nat: { readonly self: WhyNat; readonly peer: WhyNat };
  /** Where the coordinator or its relay saw the peer. */
  readonly observed: readonly string[];
  /** What a path was found by, beyond the plain punch. */
  readonly foundBy?: "prediction" | "birthday";
  readonly probing: boolean;
  /** Attempts that failed in a row. */
  readonly failures: number;
  readonly retryInMs?: number;
  readonly candidates: readonly WhyCandidate[];
}

export interface WhyNat {
  readonly mapping: "unknown" | "endpoint-independent" | "dependent";
  readonly allocation: "unknown" | "preserving" | "sequential" | "random";
  readonly words: string;
}

export interface WhyCandidate {
  readonly address: string;
  /** Who named it: "netmap", "noticed" (by the coordinator), "signalled" (by the peer), "predicted", "learned", "last-known". */
  readonly source: string;
  readonly probesSent: number;
  readonly probedAgoMs?: number;
  /** Absent: it never answered. */
  readonly answeredAgoMs?: number;
  readonly rttMs?: number;
}

/** Body of POST /v1/ping. */
export interface PingRequest {
  /** Name, DNS name, overlay IP or node key. */
  readonly node: string;
  readonly count: number;
  readonly intervalMs: number;
  /** For each reply. */
  readonly timeoutMs: number;
  readonly untilDirect: boolean;
}

/** Lines of POST /v1/ping. */
export interface PingLine {
  readonly seq: number;
  /** Undefined: no reply in time. */
  readonly rttMs?: number;
  readonly path: PathStatus;
}
