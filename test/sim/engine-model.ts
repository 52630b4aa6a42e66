// What the machines see of the engine, for one peer, as native/engine/src/paths.rs has it: packets take the first path that lives, paths
// are judged by echoes, and there are events about all of it.
import type { PathMeasurement, PeerPath, Route } from "../../src/paths/index.ts";
import { Echoes } from "./echoes.ts";

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
const BUSY_INTERVAL_MS = 100;
const REST_INTERVAL_MS = 1500;
const SUSPICIOUS_MIN_INTERVAL_MS = 20;
const DEAD_INTERVAL_MS = 1000;
const STRANDED_INTERVAL_MS = 200;
const REPLIES_TO_REVIVE = 2;
const STALE_AFTER_MS = 20_000;

interface JudgedPath {
  readonly path: PeerPath;
  readonly key: string;
  readonly echoes: Echoes;
  state: "fresh" | "alive" | "stale" | "dead";
  /** While dead. */
  replies: number;
  since: number;
  lastDataAt: number;
  inUseSince: number | undefined;
}

export class EngineModel {
  readonly #handlers: EngineModelHandlers;
  /** Rests between echoes are longer by this factor, in simulations of hours. */
  readonly #pace: number;
  #paths: readonly JudgedPath[] = [];
  #used: JudgedPath | undefined;
  #usableRelays: ReadonlySet<number> = new Set();
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
    this.#paths = paths.map((path) => before.get(path.id) ?? newPath(path, now));
    if (this.#used !== undefined && !this.#paths.includes(this.#used)) this.#used = undefined;
    this.#select(now);
  }

  setUsableRelays(relays: ReadonlySet<number>, now: number): void {
    const before = this.#usableRelays;
    this.#usableRelays = relays;
    this.#paths = this.#paths.map((judged) => {
      const { path } = judged;
      const isNew = path.kind === "relay" && relays.has(path.relay) && !before.has(path.relay);
      return isNew ? newPath(path, now) : judged;
    });
    if (this.#used !== undefined && !this.#paths.includes(this.#used)) this.#used = undefined;
    this.#select(now);
  }

  /** The host's network changed: those that live have to answer first. */
  suspectAll(now: number): void {
    for (const judged of this.#paths) {
      if (judged.state !== "dead") judged.state = "stale";
      judged.echoes.forgetOutstanding();
      judged.echoes.hurry();
    }
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
    this.#sendData(TRAFFIC, now, now);
  }

  receive(data: Uint8Array, from: Route, now: number): void {
    if (data[0] === DISCO) this.#receiveEcho(data, from, now);
    else {
      if (data[0] === TRAFFIC) {
        this.received += 1;
        this.#traffic(now);
        this.#sendData(ACKNOWLEDGEMENT, viewOf(data).getFloat64(1), now);
      } else if (data[0] === ACKNOWLEDGEMENT) {
        this.#acknowledged(viewOf(data).getFloat64(1));
      }
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
    for (const judged of this.#paths) if ((this.#echoDueAt(judged) ?? Infinity) <= now) this.#echo(judged, now);
  }

  pollTimeout(): number | undefined {
    if (!this.active) return undefined;
    let earliest = this.#trafficAt + IDLE_MS;
    for (const judged of this.#paths) {
      const silentAt = judged.state === "dead" ? undefined : judged.echoes.silentAt();
      earliest = Math.min(earliest, this.#echoDueAt(judged) ?? Infinity, silentAt ?? Infinity);
    }
    return earliest;
  }

  #receiveEcho(data: Uint8Array, from: Route, now: number): void {
    if (data[1] === ECHO_REQUEST) {
      const reply = data.slice();
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
      return last + (this.#used === undefined ? STRANDED_INTERVAL_MS : DEAD_INTERVAL_MS) * this.#pace;
    const busy = judged === this.#used && judged.lastDataAt >= last;
    const regular = last + (busy ? BUSY_INTERVAL_MS : REST_INTERVAL_MS) * this.#pace;
    const suspiciousAt = echoes.suspiciousAt();
    if (suspiciousAt === undefined) return regular;
    const quickMs = Math.min(Math.max(echoes.probeTimeoutMs(), SUSPICIOUS_MIN_INTERVAL_MS), BUSY_INTERVAL_MS);
    return Math.min(regular, Math.max(suspiciousAt, last + quickMs));
  }

  #echo(judged: JudgedPath, now: number): void {
    const data = new Uint8Array(6);
    data[0] = DISCO;
    data[1] = ECHO_REQUEST;
    viewOf(data).setUint32(2, ++this.#counter);
    judged.echoes.handleSent(this.#counter, now);
    this.#handlers.send(data, judged.path);
  }

  #answered(key: string, counter: number, now: number): void {
    const judged = this.#paths.find((each) => each.key === key);
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

  #acknowledged(sentAt: number): void {
    const used = this.#used;
    if (used?.inUseSince !== undefined && sentAt >= used.inUseSince) used.echoes.handleConfirmed(sentAt);
  }

  #sendData(kind: number, stamp: number, now: number): void {
    const used = this.#used;
    if (used === undefined) return;
    used.lastDataAt = now;
    const data = new Uint8Array(9);
    data[0] = kind;
    viewOf(data).setFloat64(1, stamp);
    this.#handlers.send(data, used.path);
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
      if (this.#used !== undefined) this.#used.inUseSince = undefined;
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

function newPath(path: PeerPath, now: number): JudgedPath {
  return {
    path,
    key: routeKey(path),
    echoes: new Echoes(),
    state: "fresh",
    replies: 0,
    since: now,
    lastDataAt: -Infinity,
    inUseSince: undefined,
  };
}

function routeKey(route: Route): string {
  if (route.kind === "relay") return `relay ${route.relay}`;
  return route.socket === undefined ? route.address : `${route.address} by ${route.socket}`;
}

function viewOf(data: Uint8Array): DataView {
  return new DataView(data.buffer, data.byteOffset, data.length);
}
