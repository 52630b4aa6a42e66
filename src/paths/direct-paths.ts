// The validated direct paths to one peer and their order.
import type { SocketAddress } from "../protocol/address.ts";
import type { Milliseconds } from "../protocol/units.ts";
import type { Measured } from "./path-cost.ts";
import { rerank } from "./ranking.ts";
import { type RemoteKey, remoteOf } from "./remote.ts";
import type { PeerPath } from "./types.ts";

/**
 * "alive": answers. "suspect": answered until something happened (the network changed) and has to answer again, but keeps its
 * place, since the engine leaves it within milliseconds if it is really gone. "dead": the engine heard nothing any more.
 */
export type DirectState = "alive" | "suspect" | "dead";

export interface DirectPath {
  readonly id: number;
  readonly key: RemoteKey;
  readonly address: SocketAddress;
  /** As in `Remote`. */
  readonly socket?: number;
  state: DirectState;
  rttMs: Milliseconds;
  /** As the engine's echoes see it; absent before it was asked. */
  loss?: number;
}

/** Weight of a new measurement, half of what RFC 6298 gives: rankings should move slowly. */
const RTT_WEIGHT = 1 / 16;

export class DirectPaths {
  #order: readonly DirectPath[] = [];

  all(): readonly DirectPath[] {
    return this.#order;
  }

  keys(): ReadonlySet<RemoteKey> {
    return new Set(this.#order.map(({ key }) => key));
  }

  byKey(key: RemoteKey): DirectPath | undefined {
    return this.#order.find((path) => path.key === key);
  }

  byId(id: number): DirectPath | undefined {
    return this.#order.find((path) => path.id === id);
  }

  inState(state: DirectState): readonly DirectPath[] {
    return this.#order.filter((path) => path.state === state);
  }

  /** Best first; those in doubt keep their place, the dead do not count. */
  usable(): readonly DirectPath[] {
    return this.#order.filter((path) => path.state !== "dead");
  }

  add(path: Omit<DirectPath, "state">): void {
    this.#order = rerank([...this.#order, { ...path, state: "alive" }]);
  }

  /** It answered, `rttMs` after it was asked. */
  measured(path: DirectPath, rttMs: Milliseconds): void {
    // After doubt the way may be another one: the old measurement says nothing about it.
    path.rttMs = path.state === "alive" ? path.rttMs + (rttMs - path.rttMs) * RTT_WEIGHT : rttMs;
    path.state = "alive";
    this.#order = rerank(this.#order);
  }

  /** The engine's smoothed round trip and loss. */
  judged(path: DirectPath, { rttMs, loss }: Measured): void {
    path.rttMs = rttMs;
    path.loss = loss;
    this.#order = rerank(this.#order);
  }

  remove(key: RemoteKey): void {
    this.#order = this.#order.filter((path) => path.key !== key);
  }

  clear(): void {
    this.#order = [];
  }
}

export function asPeerPath(path: DirectPath): PeerPath {
  return { id: path.id, kind: "direct", ...remoteOf(path) };
}
