// Whether UDP gets through at all, as far as sessions at relays tell: when none stands for a while although some are wanted, it counts
// as blocked, and relays are to be reached over TCP. UDP is tried again now and then; the first session brings it back. At the start TCP
// gets going soon after UDP, as RFC 8305 has IPv4 follow IPv6: who has no UDP should not wait for it, and who has is done by then.
import { type Milliseconds, SECOND_MS } from "../protocol/units.ts";

const HEAD_START_MS: Milliseconds = 100;
/** A session takes two round trips: who has not heard from any relay by then will hardly have one at the end of that. */
const HEARD_WITHIN_MS: Milliseconds = 60;
/** A session is lost only after its pings went unanswered; then two hellos, too. */
const PATIENCE_AFTER_LOSS_MS: Milliseconds = 750;
const RETRY_INTERVAL_MS: Milliseconds = 8 * SECOND_MS;

export type UdpHealthEvent =
  /** Reach relays over TCP. */
  | "blocked"
  /** UDP gets through again. */
  | "open"
  /** Try UDP again, now. */
  | "retry";

export class UdpHealth {
  #wasLive = false;
  #silentSince: Milliseconds | undefined;
  /** A relay said something since. */
  #heard = false;
  /** While blocked. */
  #retryAt: Milliseconds | undefined;
  readonly #events: UdpHealthEvent[] = [];

  get blocked(): boolean {
    return this.#retryAt !== undefined;
  }

  /** `wanted`: there should be sessions over UDP; `live`: there is one. */
  handleSessions(wanted: boolean, live: boolean, now: Milliseconds): void {
    if (live || !wanted) this.#heard = false;
    if (live) {
      if (this.blocked) this.#events.push("open");
      this.#wasLive = true;
      this.#silentSince = undefined;
      this.#retryAt = undefined;
    } else if (!wanted) {
      this.#silentSince = undefined;
    } else {
      this.#silentSince ??= now;
    }
  }

  /** A relay's answer to whatever, over UDP. */
  handleAnswer(): void {
    this.#heard = true;
  }

  /** Another network: what was known of the last one is void. */
  handleNetworkChange(now: Milliseconds): void {
    if (this.blocked) this.#retryAt = now;
  }

  handleTimeout(now: Milliseconds): void {
    const at = this.pollTimeout();
    if (at === undefined || now < at) return;
    this.#events.push(this.blocked ? "retry" : "blocked");
    this.#retryAt = now + RETRY_INTERVAL_MS;
  }

  pollTimeout(): Milliseconds | undefined {
    if (this.#retryAt !== undefined) return this.#silentSince === undefined ? undefined : this.#retryAt;
    if (this.#silentSince === undefined) return undefined;
    if (this.#wasLive) return this.#silentSince + PATIENCE_AFTER_LOSS_MS;
    return this.#silentSince + (this.#heard ? HEAD_START_MS : HEARD_WITHIN_MS);
  }

  pollEvent(): UdpHealthEvent | undefined {
    return this.#events.shift();
  }
}
