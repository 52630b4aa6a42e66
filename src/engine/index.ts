// The engine as the rest of the program sees it, and the only importer of the native addon (through addon.ts).
// Interfaces instead of the addon's classes, so that fake.ts can stand in for them in tests.
import type {
  EngineStats,
  NetworkChange,
  NodeEngineOptions,
  OutgoingDatagram,
  PathOptions,
  PeerOptions,
  PingReply,
  RegisterEvent,
  ServerEngineOptions,
  ServerStats,
  TunInfo,
  TunOptions,
} from "../../native/index.d.ts";
import { loadAddon } from "./addon.ts";
import { type EngineEvent, narrowEvent } from "./events.ts";

export type {
  EngineStats,
  NodeEngineOptions,
  OutgoingDatagram,
  PathOptions,
  PathStats,
  PeerOptions,
  PeerStats,
  PingReply,
  RegisterEvent,
  ServerEngineOptions,
  ServerStats,
  TunInfo,
  TunOptions,
} from "../../native/index.d.ts";
export type { EngineEvent } from "./events.ts";

/** A node's engine. Methods are documented in native/index.d.ts. */
export interface NodeEngine {
  readonly port: number;
  readonly hasIpv4: boolean;
  readonly hasIpv6: boolean;
  openTun(options: TunOptions): TunInfo;
  closeTun(): void;
  setSelf(prefixes: string[]): void;
  setShieldsUp(on: boolean): void;
  setKeepalive(intervalMs: number): void;
  upsertPeer(peer: PeerOptions): number;
  removePeer(peer: number): void;
  setPaths(peer: number, paths: PathOptions[]): void;
  setRelay(relay: number, address: string | undefined, session: number): void;
  setStreamRelay(relay: number, session: number): void;
  relayTake(relay: number): Uint8Array | undefined | null;
  relayReceive(relay: number, frames: Uint8Array): void;
  expectStun(transactionIds: Uint8Array[], ttlMs: number): void;
  send(datagrams: OutgoingDatagram[]): void;
  rebind(): Promise<void>;
  openSockets(count: number, family: 4 | 6): number[];
  closeSockets(sockets: number[]): void;
  reconnect(peer: number): void;
  ping(peer: number, timeoutMs: number): Promise<PingReply>;
  stats(): Promise<EngineStats>;
  close(): Promise<void>;
}

/** The engine of a coordinator or relay: STUN and UDP relay. Methods are documented in native/index.d.ts. */
export interface ServerEngine {
  readonly addresses: readonly string[];
  admit(socket: number, address: string, relayId: Uint8Array, meshId: Uint8Array, notAfterMs: number): number;
  admitStream(relayId: Uint8Array, meshId: Uint8Array, notAfterMs: number): number;
  deliver(session: number, frames: Uint8Array): void;
  takeStream(session: number): Uint8Array | undefined | null;
  leaveStream(session: number): void;
  revoke(relayId: Uint8Array): void;
  send(socket: number, address: string, data: Uint8Array): void;
  stats(): Promise<ServerStats>;
  close(): Promise<void>;
}

export interface ServerEngineHandlers {
  readonly onRegister: (events: readonly RegisterEvent[]) => void;
  readonly onFatal: (reason: string) => void;
  readonly onStreams: (sessions: readonly number[]) => void;
}

/** Unix credentials of the process at the other end of a socket. */
export interface PeerCredentials {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
}

export type OpenNodeEngine = (
  options: NodeEngineOptions,
  onEvents: (events: readonly EngineEvent[]) => void,
) => NodeEngine;

export type OpenServerEngine = (options: ServerEngineOptions, handlers: ServerEngineHandlers) => ServerEngine;

/** Errors: `MeshdError` where the addon is missing; `Error` with `code` "EADDRINUSE" or "EPERM" from the addon. */
export const openNodeEngine: OpenNodeEngine = (options, onEvents) =>
  new (loadAddon().NodeEngine)(options, (raw) => {
    onEvents(raw.map(narrowEvent).filter((event) => event !== undefined));
  });

export const openServerEngine: OpenServerEngine = (options, { onRegister, onFatal, onStreams }) =>
  new (loadAddon().ServerEngine)(options, onRegister, onFatal, onStreams);

/** News of the host's links, addresses and routes. Errors: `Error` with `code`. */
export function listenForNetworkNews(onNews: (news: NetworkChange) => void): { close(): void } {
  return new (loadAddon().NetworkWatch)(onNews);
}

/** SO_PEERCRED of a connected Unix socket. */
export function peerCredentials(fd: number): PeerCredentials {
  return loadAddon().peerCredentials(fd);
}

/** Does ahead, in the background, what would keep the first engine waiting. Errors: `MeshdError` where the addon is missing. */
export function prepareEngine(): void {
  loadAddon().prepareEngine();
}

/** Of a process that stays: what only its start needed need not be resident. Returns the bytes given back. */
export function releaseStartupPages(): number {
  return loadAddon().releaseStartupPages();
}
