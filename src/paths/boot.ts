// This start of the engine, as peers tell it from others: a random id, and for each peer the counter of what was sealed under it.
import { BOOT_ID_BYTES } from "../protocol/limits.ts";
import type { NodeKey } from "../protocol/node-key.ts";
import type { RandomBytes } from "./types.ts";

export class Boot {
  readonly id: Uint8Array;
  readonly #counters = new Map<NodeKey, number>();
  /** The highest of any peer that was forgotten: counters of one that returns go on above, as one that began again would be taken for a replay. */
  #floor = 0;

  constructor(random: RandomBytes) {
    this.id = random(BOOT_ID_BYTES);
  }

  /** Strictly increasing for each peer, from 1 or above. */
  nextCounter(peer: NodeKey): number {
    const counter = (this.#counters.get(peer) ?? this.#floor) + 1;
    this.#counters.set(peer, counter);
    return counter;
  }

  /** The peer was removed. */
  forget(peer: NodeKey): void {
    this.#floor = Math.max(this.#floor, this.#counters.get(peer) ?? 0);
    this.#counters.delete(peer);
  }

  /** Remembered. */
  get peers(): number {
    return this.#counters.size;
  }
}
