// While peers have traffic, the engine is asked now and then how their paths do: round trip and loss, as its echoes see them.
import type { EngineStats, NodeEngine } from "../engine/index.ts";
import type { Driven, Driver } from "./driver.ts";
import type { Peer } from "./peer.ts";

export interface PeerMeasuringOptions {
  readonly engine: NodeEngine;
  readonly driver: Driver;
  readonly isAnyActive: () => boolean;
  readonly byHandle: (handle: number) => Peer | undefined;
}

const MEASURE_EVERY_MS = 4000;

export class PeerMeasuring {
  readonly #options: PeerMeasuringOptions;
  /** Infinity while no peer has traffic. */
  #at = Infinity;
  readonly #machine: Driven = {
    handleTimeout: (now) => {
      if (now >= this.#at) this.#measure(now);
    },
    pollTimeout: () => (this.#at === Infinity ? undefined : this.#at),
    drain: () => undefined,
  };

  constructor(options: PeerMeasuringOptions) {
    this.#options = options;
  }

  /** A peer has traffic. */
  begin(): void {
    if (this.#at !== Infinity) return;
    const { driver } = this.#options;
    this.#at = driver.now() + MEASURE_EVERY_MS;
    driver.touch(this.#machine);
  }

  close(): void {
    this.#options.driver.remove(this.#machine);
  }

  #measure(now: number): void {
    const isActive = this.#options.isAnyActive();
    this.#at = isActive ? now + MEASURE_EVERY_MS : Infinity;
    if (!isActive) return;
    this.#options.engine.stats().then(
      (stats) => this.#handleStats(stats),
      // The engine is closing.
      () => undefined,
    );
  }

  #handleStats({ peers }: EngineStats): void {
    const { driver, byHandle } = this.#options;
    for (const { peer: handle, paths } of peers) {
      const peer = byHandle(handle);
      if (peer?.active !== true) continue;
      const measured = paths.flatMap(({ id, alive, rttMs, loss }) =>
        alive && rttMs !== undefined ? [{ id, rttMs, loss }] : [],
      );
      peer.paths.handleMeasurements(measured, driver.now());
      driver.touch(peer.machine);
    }
  }
}
