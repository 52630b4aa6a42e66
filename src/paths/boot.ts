// This start of the engine, as peers tell it from others: a random id, and for each peer the counter of what was sealed under it.
import { BOOT_ID_BYTES } from "../protocol/limits.ts";
import type { NodeKey } from "../protocol/node-key.ts";
import type { RandomBytes } from "./types.ts";

export class Boot {
  readonly id: Uint8Array;
  /** Outlives a peer's removal and return: a counter that began again would be taken for a replay. */
  readonly #counters = new Map<NodeKey, number>();

  constructor(random: RandomBytes) {
    this.id = random(BOOT_ID_BYTES);
  }

  /** Strictly increasing for each peer, from 1. */
  nextCounter(peer: NodeKey): number {
    const counter = (this.#counters.get(peer) ?? 0) + 1;
    this.#counters.set(peer, counter);
    return counter;
  }
}
