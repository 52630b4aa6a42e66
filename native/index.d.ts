// The typed boundary between TypeScript (decides) and the engine (moves bytes). Only src/engine imports the addon.
// Addresses are "203.0.113.7:41641" or "[2001:db8::7]:41641". Times are milliseconds. Commands are queued to the engine's threads and never block;
// a command that names an unknown peer or relay is ignored. Errors thrown are `Error` with `code` where stated.

/** Options of a node's engine. Errors: `code` "EADDRINUSE" for a taken port, "EPERM" without permission. */
export interface NodeEngineOptions {
  /** Ed25519 seed, 32 bytes: the node key. */
  nodeSeed: Uint8Array;
  /** 8 bytes, new at every start. */
  bootId: Uint8Array;
  /** Preferred UDP port, 0 for any. Both families get the same port. */
  port: number;
}

export interface TunOptions {
  /** Interface name, up to 15 bytes. Errors: `code` "ENOENT" (no /dev/net/tun), "EPERM", "EBUSY". */
  name: string;
}

export interface TunInfo {
  name: string;
  /** The MTU that the interface should be given. */
  mtuBytes: number;
}

export interface PeerOptions {
  /** Ed25519 public key, 32 bytes. */
  nodeKey: Uint8Array;
  tagKey: Uint8Array;
  cidKey: Uint8Array;
  relayId: Uint8Array;
  /** CIDRs that are routed to the peer and that it may use as inner source. */
  prefixes: string[];
}

/** One way to a peer; `id` is chosen by TypeScript, unique within the peer, and stable while the path is the same. */
export interface PathOptions {
  id: number;
  /** Direct: the address. */
  address?: string;
  /** Relayed: the relay given to `setRelay`. */
  relay?: number;
  /** Direct: the socket that the path uses; absent for the node's main pair. */
  socket?: number;
}

export interface OutgoingDatagram {
  data: Uint8Array;
  /** Where to: an address, or a peer through a relay. */
  address?: string;
  relay?: number;
  peer?: number;
  /** With an address: the socket it leaves by; absent for the node's main pair. */
  socket?: number;
}

/** Fields that are set depend on `type`; src/engine narrows this to a union. */
export interface EngineEvent {
  type:
    | "datagram" // kind, data, address or relay+peer, peer (disco), socket (if not the main pair)
    | "peer-active" // peer: traffic after idleness, or the first ever; reason: "outbound" | "inbound"
    | "peer-idle" // peer: 60 s without traffic
    | "connected" // peer, cipher, kx
    | "disconnected" // peer, reason
    | "path-changed" // peer, path (undefined: none usable), reason: "rank" | "dead" | "alive" | "first"
    | "path-alive" // peer, path, rttMs
    | "path-dead" // peer, path
    | "source-seen" // peer, address, socket (if not the main pair): an authentic packet came from an address that is no path
    | "relay-transmit" // relay: its stream was idle and has something to take (`relayTake`, until it gives nothing)
    | "tun-closed" // reason: the interface is gone (deleted by somebody); the engine goes on without, `openTun` makes a new one
    | "fatal"; // reason: the engine stopped
  kind?: "stun" | "disco" | "relay-control";
  peer?: number;
  path?: number;
  relay?: number;
  address?: string;
  socket?: number;
  data?: Uint8Array;
  reason?: string;
  rttMs?: number;
  cipher?: string;
  kx?: string;
}

export interface PathStats {
  id: number;
  alive: boolean;
  active: boolean;
  /** Smoothed; undefined before the first echo. */
  rttMs?: number;
  /** Share of echoes lost, 0..1, over the last 32; a single one counts as none. */
  loss: number;
  /** Largest inner packet that the path bears whole, as probed; what is larger travels in parts. */
  mtuBytes: number;
  rxBytes: number;
  txBytes: number;
  /** Unix ms since the path is alive (or since it was added). */
  sinceMs: number;
}

export interface PeerStats {
  peer: number;
  connected: boolean;
  cipher?: string;
  kx?: string;
  /** Inner IP bytes. */
  rxBytes: number;
  txBytes: number;
  rxPackets: number;
  txPackets: number;
  /** Unix ms of the last completed handshake. */
  lastHandshakeMs?: number;
  /** ms since the last inner packet in either direction. */
  idleMs?: number;
  paths: PathStats[];
}

export interface EngineStats {
  peers: PeerStats[];
  /** Packets dropped, by reason: "no-route", "spoofed-source", "wrong-destination", "filtered", "too-big", "queue", "malformed", "unknown-sender", "bad-tag", "rate-limited", "no-connection", "incomplete" (a packet in parts of which some did not come). */
  drops: Record<string, number>;
}

export interface PingReply {
  rttMs: number;
  path: number;
}

export declare class NodeEngine {
  constructor(options: NodeEngineOptions, onEvents: (events: EngineEvent[]) => void);
  /** Bound UDP port. Changes only by `rebind`. */
  readonly port: number;
  readonly hasIpv4: boolean;
  readonly hasIpv6: boolean;
  openTun(options: TunOptions): TunInfo;
  closeTun(): void;
  /** Own overlay addresses and routed prefixes (CIDRs): inner destinations accepted. */
  setSelf(prefixes: string[]): void;
  setShieldsUp(on: boolean): void;
  /**
   * How often a path needs a packet so that the NAT in front of this host keeps its mapping: what quiet paths of peers that are not yet idle get.
   * 15 s before the first call, and never less.
   */
  setKeepalive(intervalMs: number): void;
  /** Adds or updates (same node key) a peer. Returns its handle; a removed peer's names another one only after 1024 more removals. Same keys and other prefixes: no interruption. */
  upsertPeer(peer: PeerOptions): number;
  /** Closes live connections at once. */
  removePeer(peer: number): void;
  /** All usable paths, best first. The engine uses the first that is alive. */
  setPaths(peer: number, paths: PathOptions[]): void;
  /** A relay session of this node; undefined address removes it. Datagrams from `address` with first byte 17 or 18 are accepted. session 0: not registered yet (only control passes). */
  setRelay(relay: number, address: string | undefined, session: number): void;
  /**
   * A session at a relay over a byte stream that TypeScript holds; 0 ends it. A path over it is one with `relay`. Packets are framed by their
   * length (u16) and those that wait are bounded: the oldest give way.
   */
  setStreamRelay(relay: number, session: number): void;
  /** Whole frames for the stream of a relay, up to 64 KB; undefined when nothing waits. */
  relayTake(relay: number): Uint8Array | undefined | null;
  /** Whole frames that came in the stream of a relay. */
  relayReceive(relay: number, frames: Uint8Array): void;
  /** STUN transaction ids (12 bytes) to hand up, each once, for `ttlMs`. */
  expectStun(transactionIds: Uint8Array[], ttlMs: number): void;
  send(datagrams: OutgoingDatagram[]): void;
  /**
   * Extra sockets of one family, each on a random port, for birthday probing; their handles, never used twice. Errors: `code` "EMFILE" when
   * there would be more than 256 in all (or the process has no descriptors left), "EAFNOSUPPORT".
   */
  openSockets(count: number, family: 4 | 6): number[];
  /** Sockets that paths use stay open until no path uses them. */
  closeSockets(sockets: number[]): void;
  /**
   * The host's network changed: binds the main sockets anew (the same port if it can be had), suspects all paths and probes them at once. Resolves when
   * `port` is right. Rejects with code "EADDRNOTAVAIL" if nothing could be bound: the engine then has no main sockets until the next `rebind`.
   */
  rebind(): Promise<void>;
  /** Forgets the connection to a peer that is known to have restarted, and makes a new one if there was one. */
  reconnect(peer: number): void;
  /** Waits for the connection (making it), then measures one echo over the path in use. Rejects with code "ETIMEDOUT". */
  ping(peer: number, timeoutMs: number): Promise<PingReply>;
  stats(): Promise<EngineStats>;
  close(): Promise<void>;
}

/** A STUN and relay server. Errors: `code` "EADDRINUSE", "EPERM", "EADDRNOTAVAIL", "EAFNOSUPPORT" (a host without IPv6), "EINVAL". */
export interface ServerEngineOptions {
  /** UDP sockets: "0.0.0.0:443", "[::]:443". */
  listen: { address: string; stun: boolean; relay: boolean }[];
  /** Bytes a second one client may send, 0: unlimited. */
  clientRate: number;
  /** Bytes a second all clients together may send; absent or 0: unlimited. */
  totalRate?: number;
}

export interface RegisterEvent {
  /** Where it came in, the host's address included: answers by this number leave from the address that was asked. Below 64 in `send`: one of `listen`. */
  socket: number;
  address: string;
  nonce: Uint8Array;
  cookie: Uint8Array;
  /** Serialized RelayRegister. */
  body: Uint8Array;
}

export interface ServerStats {
  clients: number;
  forwardedPackets: number;
  forwardedBytes: number;
  stunAnswers: number;
  /** Datagrams dropped, by reason: "malformed", "not-served", "rate-limited", "bad-cookie", "unknown-session", "no-receiver", "other-mesh", "queue", "too-big", "unreachable". */
  drops: Record<string, number>;
}

export declare class ServerEngine {
  constructor(
    options: ServerEngineOptions,
    onRegister: (events: RegisterEvent[]) => void,
    onFatal: (reason: string) => void,
    /** Streams that were idle have something to take (`takeStream`, until it gives nothing). */
    onStreams: (sessions: number[]) => void,
  );
  /** Bound addresses, in the order of `listen`. */
  readonly addresses: string[];
  /** Admits a client at an address; returns its session, 0 if the relay is full. Replaces an older session of the same relayId, and who was at that address. */
  admit(socket: number, address: string, relayId: Uint8Array, meshId: Uint8Array, notAfterMs: number): number;
  /** As `admit`, for a client behind a byte stream that TypeScript holds; its packets are framed by their length (u16). */
  admitStream(relayId: Uint8Array, meshId: Uint8Array, notAfterMs: number): number;
  /** Whole frames that came in a client's stream. */
  deliver(session: number, frames: Uint8Array): void;
  /**
   * Whole frames for a client's stream, up to 64 KB; undefined when nothing waits. At most 256 KB wait for one client: the oldest packets
   * give way, so that a slow reader costs nobody but itself.
   */
  takeStream(session: number): Uint8Array | undefined | null;
  /** A client's stream ended. */
  leaveStream(session: number): void;
  revoke(relayId: Uint8Array): void;
  send(socket: number, address: string, data: Uint8Array): void;
  stats(): Promise<ServerStats>;
  close(): Promise<void>;
}

export interface NetworkChange {
  /** Indexes of interfaces that lost their link or an address, even if only for a moment. */
  lost: number[];
  /** The kernel had more to say than it could keep: anything may have changed. */
  overrun: boolean;
  /** The wall clock jumped: the host may have slept. */
  clockJumped: boolean;
}

/** Hears of the host's links, addresses, routes and clock from the kernel; one call for what comes within 50 ms. Errors: `code` as of the system. */
export declare class NetworkWatch {
  constructor(onChange: (change: NetworkChange) => void);
  close(): void;
}

/** Credentials of the process at the other end of a Unix socket (SO_PEERCRED). */
export declare function peerCredentials(fd: number): { pid: number; uid: number; gid: number };

/** Does ahead, on a thread of its own, what the first engine of the process would have to wait for (the source of entropy starts). */
export declare function prepareEngine(): void;

/**
 * Unmaps the pages of executable and libraries that nobody wrote to, most of which only the start needed; what is needed again is read
 * from the page cache. Returns the bytes that were resident.
 */
export declare function releaseStartupPages(): number;
