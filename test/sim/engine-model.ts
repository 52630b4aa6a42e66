// What the machines see of the engine, for one peer, as native/engine/src/paths.rs has it: packets take the first path that lives, in parts
// where it is narrow, paths are judged by echoes, and there are events about all of it. Traffic is of full packets.
import type { PathMeasurement, PeerPath, Route } from "../../src/paths/index.ts";
import { JudgedPath, routeKey } from "./judged-path.ts";
import { cut, PartCollection } from "./parts.ts";
import { FULL_BYTES } from "./path-mtu.ts";

export interface EngineModelHandlers {
  readonly send: (data: Uint8Array, to: Route) => void;
  readonly onActive: () => void;
  readonly onIdle: () => void;
  readonly onPathDead: (id: number) => void;
  readonly onPathAlive: (id: number, rttMs: number) => void;
  readonly onSourceSeen: (from: Route) => void;
  readonly onChange: (change: PathChange) => void;
}

export type PathKind = "none" | "relay" | "direct";

export interface PathChange {
  readonly at: number;
  readonly kind: PathKind;
  /** The address, or the relay's handle. */
  readonly to: string;
}

/** First bytes, in QUIC's range: traffic, and its acknowledgement. */
const TRAFFIC = 64;
const ACKNOWLEDGEMENT = 65;
const DISCO = 16;
const ECHO_REQUEST = 2;
const ECHO_REPLY = 3;

const IDLE_MS = 60_000;
/** Between echoes. */
const INTERVAL_MS = { busy: 100, resting: 1500, leastSuspicious: 20, dead: 1000, stranded: 200 } as const;
const REPLIES_TO_REVIVE = 2;
const STALE_AFTER_MS = 20_000;
/** What a node adds to each packet here: its relay id. */
const TRAILER_BYTES = 8;
/** Stamp, number of parts. */
const DATA_HEADER_BYTES = 10;

export class EngineModel {
  readonly #handlers: EngineModelHandlers;
  /** Rests between echoes are longer by this factor, in simulations of hours. */
  readonly #pace: number;
  #paths: readonly JudgedPath[] = [];
  #used: JudgedPath | undefined;
  #usableRelays: ReadonlySet<number> = new Set();
  readonly #collection = new PartCollection();
  #trafficAt = -Infinity;
  #counter = 0;
  active = false;
  /** Times the path in use was another one than before. */
  readonly changes: PathChange[] = [];
  received = 0;

  constructor(handlers: EngineModelHandlers, pace: number) {
    this.#handlers = handlers;
    this.#pace = pace;
  }

  setPaths(paths: readonly PeerPath[], now: number): void {
    const before = new Map(this.#paths.map((judged) => [judged.path.id, judged]));
    this.#paths = paths.map((path) => before.get(path.id) ?? new JudgedPath(path, now));
    if (this.#used !== undefined && !this.#paths.includes(this.#used)) this.#used = undefined;
    this.#select(now);
  }

  setUsableRelays(relays: ReadonlySet<number>, now: number): void {
    const before = this.#usableRelays;
    this.#usableRelays = relays;
    this.#paths = this.#paths.map((judged) => {
      const { path } = judged;
      const isNew = path.kind === "relay" && relays.has(path.relay) && !before.has(path.relay);
      return isNew ? new JudgedPath(path, now) : judged;
    });
    if (this.#used !== undefined && !this.#paths.includes(this.#used)) this.#used = undefined;
    this.#select(now);
  }

  /** The host's network changed: those that live have to answer first. */
  suspectAll(now: number): void {
    for (const judged of this.#paths) judged.suspect(now);
    this.#select(now);
  }

  used(): PeerPath | undefined {
    return this.#used?.path;
  }

  get usedKind(): PathKind {
    return this.#used?.path.kind ?? "none";
  }

  measurements(): readonly PathMeasurement[] {
    return this.#paths.flatMap(({ path, echoes, state }) =>
      state !== "dead" && echoes.rttMs !== undefined ? [{ id: path.id, rttMs: echoes.rttMs, loss: echoes.loss() }] : [],
    );
  }

  sendTraffic(now: number): void {
    this.#traffic(now);
    this.#sendTraffic(now);
  }

  receive(data: Uint8Array, from: Route, now: number): void {
    if (data[0] === DISCO) this.#receiveEcho(data, from, now);
    else {
      if (data[0] === TRAFFIC) this.#receiveTraffic(data, now);
      else if (data[0] === ACKNOWLEDGEMENT) this.#used?.handleAcknowledged(viewOf(data).getFloat64(1));
      if (from.kind === "direct" && !this.#paths.some(({ key }) => key === routeKey(from))) {
        this.#handlers.onSourceSeen(from);
      }
    }
  }

  handleTimeout(now: number): void {
    if (!this.active) return;
    if (now >= this.#trafficAt + IDLE_MS) {
      this.active = false;
      this.#handlers.onIdle();
      return;
    }
    for (const judged of this.#paths) {
      if ((judged.echoes.silentAt() ?? Infinity) > now) continue;
      judged.replies = 0;
      if (judged.state === "dead") continue;
      judged.state = "dead";
      this.#select(now);
      this.#handlers.onPathDead(judged.path.id);
    }
    for (const judged of this.#paths) {
      if ((this.#echoDueAt(judged) ?? Infinity) <= now) this.#echo(judged, now);
      if (this.#isMeasured(judged)) this.#askForSizes(judged, now);
    }
  }

  pollTimeout(): number | undefined {
    if (!this.active) return undefined;
    let earliest = this.#trafficAt + IDLE_MS;
    for (const judged of this.#paths) {
      const silentAt = judged.state === "dead" ? undefined : judged.echoes.silentAt();
      earliest = Math.min(earliest, this.#echoDueAt(judged) ?? Infinity, silentAt ?? Infinity);
      if (!this.#isMeasured(judged)) continue;
      earliest = Math.min(earliest, judged.mtu.pollTimeout(judged.patienceMs()), judged.missesFullAt());
    }
    return earliest;
  }

  #receiveEcho(data: Uint8Array, from: Route, now: number): void {
    if (data[1] === ECHO_REQUEST) {
      const reply = data.slice(0, 6);
      reply[1] = ECHO_REPLY;
      this.#handlers.send(reply, from);
    } else if (data[1] === ECHO_REPLY) {
      this.#answered(routeKey(from), viewOf(data).getUint32(2), now);
    }
  }

  #echoDueAt(judged: JudgedPath): number | undefined {
    if (!this.#usable(judged)) return undefined;
    const { echoes } = judged;
    const last = echoes.lastSentAt;
    if (last === undefined) return judged.since;
    if (judged.state === "dead")
      return last + (this.#used === undefined ? INTERVAL_MS.stranded : INTERVAL_MS.dead) * this.#pace;
    const busy = judged === this.#used && judged.lastDataAt >= last;
    const regular = last + (busy ? INTERVAL_MS.busy : INTERVAL_MS.resting) * this.#pace;
    const suspiciousAt = echoes.suspiciousAt();
    if (suspiciousAt === undefined) return regular;
    const quickMs = Math.min(Math.max(echoes.probeTimeoutMs(), INTERVAL_MS.leastSuspicious), INTERVAL_MS.busy);
    return Math.min(regular, Math.max(suspiciousAt, last + quickMs));
  }

  #echo(judged: JudgedPath, now: number): void {
    judged.echoes.handleSent(++this.#counter, now);
    this.#handlers.send(echoRequest(this.#counter), judged.path);
  }

  /** How large a packet the path bears. */
  #askForSizes(judged: JudgedPath, now: number): void {
    judged.lookForFull(now);
    for (const { counter, bytes } of judged.mtu.poll(now, judged.patienceMs(), () => ++this.#counter)) {
      this.#handlers.send(echoRequest(counter, bytes - TRAILER_BYTES), judged.path);
    }
  }

  #isMeasured(judged: JudgedPath): boolean {
    return judged.state !== "dead" && this.#usable(judged);
  }

  #answered(key: string, counter: number, now: number): void {
    const judged = this.#paths.find((each) => each.key === key);
    if (judged?.mtu.handleReply(counter, now) === true) return;
    const rttMs = judged?.echoes.handleReply(counter, now);
    if (judged === undefined || rttMs === undefined || judged.state === "alive") return;
    if (judged.state === "dead") {
      const hasAlternative = this.#paths.some((each) => each.state !== "dead" && this.#usable(each));
      judged.replies += 1;
      if (judged.replies < REPLIES_TO_REVIVE && hasAlternative) return;
    }
    judged.state = "alive";
    this.#select(now);
    this.#handlers.onPathAlive(judged.path.id, rttMs);
  }

  #receiveTraffic(data: Uint8Array, now: number): void {
    const stamp = viewOf(data).getFloat64(1);
    if (!this.#collection.add(stamp, data[DATA_HEADER_BYTES - 1] ?? 1)) return;
    this.received += 1;
    this.#traffic(now);
    if (this.#used === undefined) return;
    this.#used.lastDataAt = now;
    this.#handlers.send(dataPacket(ACKNOWLEDGEMENT, stamp), this.#used.path);
  }

  #sendTraffic(now: number): void {
    const used = this.#used;
    if (used === undefined) return;
    used.lastDataAt = now;
    const sizes = cut(FULL_BYTES, used.mtu.bytes);
    if (sizes.length === 1) used.fullUnheardSince ??= now;
    for (const bytes of sizes) {
      this.#handlers.send(dataPacket(TRAFFIC, now, bytes - TRAILER_BYTES, sizes.length), used.path);
    }
  }

  #traffic(now: number): void {
    this.#trafficAt = now;
    if (this.active) return;
    this.active = true;
    for (const judged of this.#paths) {
      judged.echoes.forgetOutstanding();
      const heardAt = Math.max(judged.echoes.lastReplyAt ?? -Infinity, judged.since);
      const isDirect = judged.path.kind === "direct" && judged.state !== "dead";
      if (isDirect && heardAt + STALE_AFTER_MS <= now) judged.state = "stale";
    }
    this.#select(now);
    this.#handlers.onActive();
  }

  #usable({ path }: JudgedPath): boolean {
    return path.kind === "direct" || this.#usableRelays.has(path.relay);
  }

  #select(now: number): void {
    const living = this.#paths.filter((judged) => judged.state !== "dead" && this.#usable(judged));
    const used = living.find(({ state }) => state !== "stale") ?? living[0];
    if (used !== this.#used) {
      this.#used?.leave();
      this.#used = used;
      if (used !== undefined) used.inUseSince = now;
    }
    const to = used?.key ?? "none";
    if (this.changes.at(-1)?.to === to) return;
    const change = { at: now, kind: this.usedKind, to };
    this.changes.push(change);
    this.#handlers.onChange(change);
  }
}

function echoRequest(counter: number, bytes = 6): Uint8Array {
  const data = new Uint8Array(bytes);
  data[0] = DISCO;
  data[1] = ECHO_REQUEST;
  viewOf(data).setUint32(2, counter);
  return data;
}

function dataPacket(kind: number, stamp: number, bytes = DATA_HEADER_BYTES, parts = 1): Uint8Array {
  const data = new Uint8Array(bytes);
  data[0] = kind;
  viewOf(data).setFloat64(1, stamp);
  data[DATA_HEADER_BYTES - 1] = parts;
  return data;
}

function viewOf(data: Uint8Array): DataView {
  return new DataView(data.buffer, data.byteOffset, data.length);
}
