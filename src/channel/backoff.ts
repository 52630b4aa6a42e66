import type { Milliseconds } from "../protocol/units.ts";

/** The first retry is at once to a human eye; a coordinator that is away for long sees one attempt a node in half a minute. */
const FIRST_DELAY_MS = 200;
export const MAX_DELAY_MS = 30_000;

/** Exponential with "equal jitter": half of the delay is fixed, half random, so that thousands of nodes do not come back as one. */
export class Backoff {
  readonly #random: () => number;
  #failures = 0;

  /** `random` returns 0 ≤ x < 1. */
  constructor(random: () => number) {
    this.#random = random;
  }

  reset(): void {
    this.#failures = 0;
  }

  /** The delay before the next attempt, and one failure more. Never below `atLeast`. */
  next(atLeast: Milliseconds = 0): Milliseconds {
    const delay = Math.min(MAX_DELAY_MS, Math.max(atLeast, FIRST_DELAY_MS * 2 ** this.#failures));
    this.#failures = Math.min(this.#failures + 1, 16);
    return Math.round(delay / 2 + (delay / 2) * this.#random());
  }
}
