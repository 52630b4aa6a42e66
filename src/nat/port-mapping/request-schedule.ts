// When a request over UDP is sent again, and when nobody will answer it any more.
import type { Milliseconds } from "../../protocol/units.ts";

/**
 * Doubling from 250 ms as RFC 6886 §3.1 has it, without that section's last four sends: the router is one hop away, and without an
 * answer within six seconds there is none. RFC 6887 §8.1.1 starts at 3 s, which is too late for a node that is about to be called.
 */
export const SEARCH_AT_MS: readonly Milliseconds[] = [0, 250, 750, 1750, 3750];
export const RELEASE_AT_MS: readonly Milliseconds[] = [0, 250];
const LAST_WAIT_MS: Milliseconds = 2000;
/** Of a release: nobody waits for long when going down. */
const LAST_RELEASE_WAIT_MS: Milliseconds = 250;

export class RequestSchedule {
  #startedAt: Milliseconds | undefined;
  #sendAtMs = SEARCH_AT_MS;
  #sent = 0;

  get running(): boolean {
    return this.#startedAt !== undefined;
  }

  start(now: Milliseconds, sendAtMs = SEARCH_AT_MS): void {
    this.#startedAt = now;
    this.#sendAtMs = sendAtMs;
    this.#sent = 0;
  }

  stop(): void {
    this.#startedAt = undefined;
  }

  /** True once for every time that the request is to be sent; a late timer sends one, not all that were missed. */
  takeDue(now: Milliseconds): boolean {
    const startedAt = this.#startedAt;
    const dueMs = this.#sendAtMs[this.#sent];
    if (startedAt === undefined || dueMs === undefined || now < startedAt + dueMs) return false;
    this.#sent = this.#sendAtMs.findLastIndex((ms) => now >= startedAt + ms) + 1;
    return true;
  }

  isOver(now: Milliseconds): boolean {
    return this.#startedAt !== undefined && now >= this.#startedAt + this.#endMs();
  }

  pollTimeout(): Milliseconds | undefined {
    if (this.#startedAt === undefined) return undefined;
    return this.#startedAt + (this.#sendAtMs[this.#sent] ?? this.#endMs());
  }

  #endMs(): Milliseconds {
    const waitMs = this.#sendAtMs === RELEASE_AT_MS ? LAST_RELEASE_WAIT_MS : LAST_WAIT_MS;
    return (this.#sendAtMs.at(-1) ?? 0) + waitMs;
  }
}
