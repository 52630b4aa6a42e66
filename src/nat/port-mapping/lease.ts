// How long a mapping lives, and when to renew it: at half its lifetime, then at half of what is left, never in shorter steps than four
// seconds (RFC 6887 §11.2.1).
import { type Milliseconds, SECOND_MS } from "../../protocol/units.ts";

const MIN_STEP_MS: Milliseconds = 4 * SECOND_MS;
/** RFC 6887 §15 has servers give a day at most; more may be a mistake, and a timer that never fires. */
const MAX_LIFETIME_MS: Milliseconds = 24 * 3600 * SECOND_MS;

export class Lease {
  readonly expiresAt: Milliseconds;
  #renewAt: Milliseconds;

  constructor(lifetimeSeconds: number, now: Milliseconds) {
    const lifetimeMs = Math.min(lifetimeSeconds * SECOND_MS, MAX_LIFETIME_MS);
    this.expiresAt = now + Math.max(lifetimeMs, MIN_STEP_MS);
    this.#renewAt = now;
    this.postpone(now);
  }

  get renewAt(): Milliseconds {
    return this.#renewAt;
  }

  /** A renewal was begun: when the next one is due, should this one fail. */
  postpone(now: Milliseconds): void {
    this.#renewAt = now + Math.max(MIN_STEP_MS, (this.expiresAt - now) / 2);
  }
}
