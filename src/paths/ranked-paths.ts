// All ways to one peer, direct and over relays, in the order in which the engine is to use them.
import type { Milliseconds } from "../protocol/units.ts";
import { asPeerPath, DirectPaths } from "./direct-paths.ts";
import { RelayPreference } from "./path-cost.ts";
import { type Remote, type RemoteKey, remoteOf } from "./remote.ts";
import type { PathMeasurement, PeerPath, PeerPathsEvent } from "./types.ts";

/** Direct paths given to the engine: what is in use, and others that can take over. Each costs echoes. */
const MAX_DIRECT_PATHS = 4;

export class RankedPaths {
  readonly direct = new DirectPaths();
  readonly #relayPreference = new RelayPreference();
  #relays: readonly PeerPath[] = [];
  #nextId = 1;
  #published: readonly PeerPath[] = [];

  get hasLiveDirect(): boolean {
    return this.direct.inState("alive").length > 0;
  }

  get relays(): readonly PeerPath[] {
    return this.#relays;
  }

  get prefersRelay(): boolean {
    return this.#relayPreference.preferred;
  }

  addDirect(to: Remote & { readonly key: RemoteKey }, rttMs: Milliseconds): void {
    this.direct.add({ id: this.#nextId++, key: to.key, ...remoteOf(to), rttMs });
  }

  /** Handles, best first. */
  handleRelays(relays: readonly number[]): void {
    const before = this.#relays;
    this.#relays = relays.map((relay) => {
      const known = before.find((path) => path.kind === "relay" && path.relay === relay);
      return known ?? { id: this.#nextId++, kind: "relay", relay };
    });
  }

  handleMeasurements(paths: readonly PathMeasurement[], now: Milliseconds): void {
    for (const measurement of paths) {
      const path = this.direct.byId(measurement.id);
      if (path?.state === "alive") this.direct.judged(path, measurement);
    }
    const [direct, relay] = [this.direct.usable()[0], this.#relays[0]].map((path) => {
      return path && paths.find(({ id }) => id === path.id);
    });
    this.#relayPreference.handleMeasurement(direct, relay, now);
  }

  /** The paths may be others now: each direct one has to answer again. */
  handleNetworkChange(): void {
    for (const path of this.direct.inState("alive")) path.state = "suspect";
    this.#relayPreference.forget();
  }

  forgetDirect(): void {
    this.direct.clear();
    this.#relayPreference.forget();
  }

  /** For the engine, if it is not what it was told before. */
  publish(reason: string): PeerPathsEvent | undefined {
    const direct = this.direct.usable().slice(0, MAX_DIRECT_PATHS);
    const dead = this.direct.inState("dead").slice(0, MAX_DIRECT_PATHS - direct.length);
    const [first, second] = [direct.map(asPeerPath), this.#relays];
    const usable = this.prefersRelay ? [...second, ...first] : [...first, ...second];
    const paths = [...usable, ...dead.map(asPeerPath)];
    const same = paths.length === this.#published.length && paths.every(({ id }, i) => id === this.#published[i]?.id);
    if (same) return undefined;
    this.#published = paths;
    return { type: "paths", paths, reason };
  }
}
