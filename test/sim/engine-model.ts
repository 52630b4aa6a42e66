// What the machines see of an engine, for one peer: traffic uses the first path that is alive, paths are judged by echoes, and
// there are events about all of it. The numbers are those of docs/protocol.md and native/index.d.ts.
import type { PeerPath, Route } from "../../src/paths/index.ts";

export interface EngineModelHandlers {
  readonly send: (data: Uint8Array, to: Route) => void;
  readonly onActive: () => void;
  readonly onIdle: () => void;
  readonly onPathDead: (id: number) => void;
  readonly onPathAlive: (id: number, rttMs: number) => void;
}

/** First bytes: disco's echoes, and something in QUIC's range for traffic. */
export const ECHO_REQUEST = 2;
export const ECHO_REPLY = 3;
export const TRAFFIC = 64;
const DISCO = 16;

const IDLE_MS = 60_000;
const DEAD_MS = 500;
const ECHO_ON_USED_MS = 200;
const ECHO_ON_STANDBY_MS = 1000;
/** While one is overdue: a few lost packets do not make a dead path. */
const ECHO_IN_DOUBT_MS = 50;

interface JudgedPath {
  readonly path: PeerPath;
  alive: boolean;
  echoedAt: number;
  /** When the oldest echo without an answer left. */
  waitingSince: number | undefined;
}

export class EngineModel {
  readonly #handlers: EngineModelHandlers;
  #paths: readonly JudgedPath[] = [];
  #trafficAt = -Infinity;
  active = false;
  /** Times the path in use was another one than before. */
  changes: { readonly at: number; readonly to: string }[] = [];
  received = 0;

  constructor(handlers: EngineModelHandlers) {
    this.#handlers = handlers;
  }

  setPaths(paths: readonly PeerPath[], now: number): void {
    this.#paths = paths.map((path) => {
      const known = this.#paths.find((each) => each.path.id === path.id);
      return known ?? { path, alive: true, echoedAt: -Infinity, waitingSince: undefined };
    });
    this.#noteUse(now);
  }

  used(): PeerPath | undefined {
    return this.#paths.find(({ alive }) => alive)?.path;
  }

  has(route: Route): boolean {
    return this.#paths.some(({ path }) => sameRoute(path, route));
  }

  sendTraffic(sequence: number, now: number): void {
    this.#traffic(now);
    const path = this.used();
    if (path !== undefined) this.#handlers.send(Uint8Array.of(TRAFFIC, sequence & 0xff), path);
  }

  receive(data: Uint8Array, from: Route, now: number): void {
    if (data[0] === TRAFFIC) {
      this.received += 1;
      this.#traffic(now);
    } else if (data[1] === ECHO_REQUEST) {
      const reply = data.slice();
      reply[1] = ECHO_REPLY;
      this.#handlers.send(reply, from);
    } else if (data[1] === ECHO_REPLY) {
      const view = new DataView(data.buffer, data.byteOffset);
      this.#answered(view.getUint32(2), now - view.getFloat64(6), now);
    }
  }

  tick(now: number): void {
    if (this.active && now >= this.#trafficAt + IDLE_MS) {
      this.active = false;
      this.#handlers.onIdle();
    }
    if (!this.active) return;
    const used = this.used();
    for (const judged of this.#paths) {
      const inDoubt = judged.alive && judged.waitingSince !== undefined && now > judged.waitingSince + ECHO_ON_USED_MS;
      const restMs = judged.path === used ? ECHO_ON_USED_MS : ECHO_ON_STANDBY_MS;
      const intervalMs = inDoubt ? ECHO_IN_DOUBT_MS : restMs;
      if (now >= judged.echoedAt + intervalMs) this.#echo(judged, now);
      if (judged.alive && judged.waitingSince !== undefined && now >= judged.waitingSince + DEAD_MS) {
        judged.alive = false;
        this.#noteUse(now);
        this.#handlers.onPathDead(judged.path.id);
      }
    }
  }

  #echo(judged: JudgedPath, now: number): void {
    const data = new Uint8Array(14);
    data.set([DISCO, ECHO_REQUEST]);
    const view = new DataView(data.buffer);
    view.setUint32(2, judged.path.id);
    view.setFloat64(6, now);
    judged.echoedAt = now;
    judged.waitingSince ??= now;
    this.#handlers.send(data, judged.path);
  }

  #answered(id: number, rttMs: number, now: number): void {
    const judged = this.#paths.find(({ path }) => path.id === id);
    if (judged === undefined) return;
    judged.waitingSince = undefined;
    if (judged.alive) return;
    judged.alive = true;
    this.#noteUse(now);
    this.#handlers.onPathAlive(id, rttMs);
  }

  #traffic(now: number): void {
    this.#trafficAt = now;
    if (this.active) return;
    this.active = true;
    this.#handlers.onActive();
  }

  #noteUse(now: number): void {
    const used = this.used();
    const to = used === undefined ? "none" : used.kind === "relay" ? "relay" : used.address;
    if (this.changes.at(-1)?.to !== to) this.changes.push({ at: now, to });
  }
}

function sameRoute(a: Route, b: Route): boolean {
  return a.kind === "direct"
    ? b.kind === "direct" && a.address === b.address && a.socket === b.socket
    : b.kind === "relay" && a.relay === b.relay;
}
