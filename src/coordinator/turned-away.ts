// Says that sessions were turned away, without a line for each: whoever floods the door must not flood the log.
import type { Logger } from "pino";

export const SUMMARY_EVERY_MS = 10_000;

export class TurnedAway {
  readonly #log: Logger;
  readonly #now: () => number;
  #saidAt = -Infinity;
  #unsaid = 0;

  constructor(log: Logger, now: () => number) {
    this.#log = log;
    this.#now = now;
  }

  /** The first one is said at once; the others by the next one after the pause. */
  note(from: string | undefined, halfOpen: number): void {
    this.#unsaid += 1;
    if (this.#now() - this.#saidAt < SUMMARY_EVERY_MS) return;
    this.#saidAt = this.#now();
    this.#log.warn({ from, halfOpen, sessions: this.#unsaid }, "new sessions were turned away");
    this.#unsaid = 0;
  }
}
