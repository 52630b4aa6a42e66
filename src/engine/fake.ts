// Stand-ins for the addon, for tests: they record what they are told and say what the test wants said.
import type {
  EngineStats,
  NodeEngine,
  NodeEngineOptions,
  OpenNodeEngine,
  OutgoingDatagram,
  PathOptions,
  PeerOptions,
  PingReply,
  ServerEngine,
  ServerEngineHandlers,
  ServerEngineOptions,
  ServerStats,
  TunInfo,
  TunOptions,
} from "./index.ts";
import type { EngineEvent } from "./events.ts";

export class FakeNodeEngine implements NodeEngine {
  readonly options: NodeEngineOptions;
  readonly #onEvents: (events: readonly EngineEvent[]) => void;
  readonly hasIpv4 = true;
  readonly hasIpv6 = true;
  readonly port: number;
  /** Live peers by handle. */
  readonly peers = new Map<number, PeerOptions>();
  readonly paths = new Map<number, readonly PathOptions[]>();
  readonly relays = new Map<number, { address: string | undefined; session: number }>();
  readonly sent: OutgoingDatagram[] = [];
  readonly reconnected: number[] = [];
  readonly expectedStun: Uint8Array[] = [];
  tun: TunInfo | undefined;
  self: readonly string[] = [];
  shieldsUp = false;
  keepaliveMs: number | undefined;
  rebinds = 0;
  closed = false;
  /** What the next calls answer; tests overwrite these. */
  tunError: Error | undefined;
  pingReply: PingReply | Error = { rttMs: 1, path: 1 };
  statsReply: EngineStats = { peers: [], drops: {} };
  /** Extra ones that are open. */
  readonly sockets = new Set<number>();
  #nextPeer = 1;
  #nextSocket = 1;

  constructor(options: NodeEngineOptions, onEvents: (events: readonly EngineEvent[]) => void) {
    this.options = options;
    this.#onEvents = onEvents;
    this.port = options.port === 0 ? 41641 : options.port;
  }

  /** Says something, as the engine's threads would. */
  emit(...events: EngineEvent[]): void {
    this.#onEvents(events);
  }

  openTun(options: TunOptions): TunInfo {
    if (this.tunError !== undefined) throw this.tunError;
    this.tun = { name: options.name, mtuBytes: 1280 };
    return this.tun;
  }
  closeTun(): void {
    this.tun = undefined;
  }
  setSelf(prefixes: string[]): void {
    this.self = prefixes;
  }
  setShieldsUp(on: boolean): void {
    this.shieldsUp = on;
  }
  setKeepalive(intervalMs: number): void {
    this.keepaliveMs = intervalMs;
  }
  upsertPeer(peer: PeerOptions): number {
    for (const [handle, known] of this.peers) {
      if (Buffer.from(known.nodeKey).equals(peer.nodeKey)) {
        this.peers.set(handle, peer);
        return handle;
      }
    }
    const handle = this.#nextPeer++;
    this.peers.set(handle, peer);
    return handle;
  }
  removePeer(peer: number): void {
    this.peers.delete(peer);
    this.paths.delete(peer);
  }
  setPaths(peer: number, paths: PathOptions[]): void {
    this.paths.set(peer, paths);
  }
  setRelay(relay: number, address: string | undefined, session: number): void {
    this.relays.set(relay, { address, session });
  }
  /** Sessions over streams, by handle. */
  readonly streamRelays = new Map<number, number>();
  /** What `relayTake` gives, by handle. */
  readonly toRelay = new Map<number, Uint8Array[]>();
  readonly fromRelay: { readonly relay: number; readonly frames: Uint8Array }[] = [];
  setStreamRelay(relay: number, session: number): void {
    if (session === 0) this.streamRelays.delete(relay);
    else this.streamRelays.set(relay, session);
  }
  relayTake(relay: number): Uint8Array | undefined {
    return this.toRelay.get(relay)?.shift();
  }
  relayReceive(relay: number, frames: Uint8Array): void {
    this.fromRelay.push({ relay, frames });
  }
  expectStun(transactionIds: Uint8Array[]): void {
    this.expectedStun.push(...transactionIds);
  }
  send(datagrams: OutgoingDatagram[]): void {
    this.sent.push(...datagrams);
  }
  rebind(): Promise<void> {
    this.rebinds++;
    return Promise.resolve();
  }
  openSockets(count: number): number[] {
    const sockets = Array.from({ length: count }, () => this.#nextSocket++);
    for (const socket of sockets) this.sockets.add(socket);
    return sockets;
  }
  closeSockets(sockets: number[]): void {
    for (const socket of sockets) this.sockets.delete(socket);
  }
  reconnect(peer: number): void {
    this.reconnected.push(peer);
  }
  ping(): Promise<PingReply> {
    return this.pingReply instanceof Error ? Promise.reject(this.pingReply) : Promise.resolve(this.pingReply);
  }
  stats(): Promise<EngineStats> {
    return Promise.resolve(this.statsReply);
  }
  close(): Promise<void> {
    this.closed = true;
    return Promise.resolve();
  }
}

/** An `OpenNodeEngine` whose engines the test can reach. */
export function fakeNodeEngines(): { readonly open: OpenNodeEngine; readonly opened: FakeNodeEngine[] } {
  const opened: FakeNodeEngine[] = [];
  const open: OpenNodeEngine = (options, onEvents) => {
    const engine = new FakeNodeEngine(options, onEvents);
    opened.push(engine);
    return engine;
  };
  return { open, opened };
}

export interface Admission {
  readonly socket: number;
  readonly address: string;
  readonly relayId: Uint8Array;
  readonly meshId: Uint8Array;
  readonly notAfterMs: number;
}

export class FakeServerEngine implements ServerEngine {
  readonly options: ServerEngineOptions;
  /** Call these as the engine's threads would. */
  readonly handlers: ServerEngineHandlers;
  readonly addresses: readonly string[];
  readonly admitted: Admission[] = [];
  readonly streamsAdmitted: Admission[] = [];
  readonly delivered: { readonly session: number; readonly frames: Uint8Array }[] = [];
  /** What `takeStream` gives, by session. */
  readonly toStream = new Map<number, Uint8Array[]>();
  readonly left: number[] = [];
  readonly revoked: Uint8Array[] = [];
  readonly sent: { readonly socket: number; readonly address: string; readonly data: Uint8Array }[] = [];
  closed = false;
  statsReply: ServerStats = { clients: 0, forwardedPackets: 0, forwardedBytes: 0, stunAnswers: 0, drops: {} };

  constructor(options: ServerEngineOptions, handlers: ServerEngineHandlers) {
    this.options = options;
    this.handlers = handlers;
    this.addresses = options.listen.map((socket) => socket.address);
  }
  /** Sessions are 1, 2, 3... in the order of admission. */
  admit(socket: number, address: string, relayId: Uint8Array, meshId: Uint8Array, notAfterMs: number): number {
    return this.admitted.push({ socket, address, relayId, meshId, notAfterMs });
  }
  /** Sessions of streams are 1001, 1002... */
  admitStream(relayId: Uint8Array, meshId: Uint8Array, notAfterMs: number): number {
    return 1000 + this.streamsAdmitted.push({ socket: -1, address: "stream", relayId, meshId, notAfterMs });
  }
  deliver(session: number, frames: Uint8Array): void {
    this.delivered.push({ session, frames });
  }
  takeStream(session: number): Uint8Array | undefined {
    return this.toStream.get(session)?.shift();
  }
  leaveStream(session: number): void {
    this.left.push(session);
  }
  revoke(relayId: Uint8Array): void {
    this.revoked.push(relayId);
  }
  send(socket: number, address: string, data: Uint8Array): void {
    this.sent.push({ socket, address, data });
  }
  stats(): Promise<ServerStats> {
    return Promise.resolve(this.statsReply);
  }
  close(): Promise<void> {
    this.closed = true;
    return Promise.resolve();
  }
}
