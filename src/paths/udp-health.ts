// Whether UDP gets through at all, as far as sessions at relays tell: when none stands for a while although some are wanted, it counts
// as blocked, and relays are to be reached over TCP. UDP is tried again now and then; the first session brings it back. At the start TCP
// follows UDP as RFC 8305 has one address family follow the other: who has no UDP should not wait for it, and who has should not open a
// connection that nobody needs. So it waits until an answer to the first hello is due, and where a relay answered, until there is a reason
// to doubt.
import { type Milliseconds, SECOND_MS } from "../protocol/units.ts";

/** Where nothing is known of the way: RFC 8305 §5, Connection Attempt Delay. */
const ANSWER_DELAY_MS: Milliseconds = 250;
/** Where a round trip is known (as §5 permits), with the other side's work in it: what jitter and a busy machine may add, and §5's longest. */
const ROOM_MS: Milliseconds = 30;
const LONGEST_ANSWER_DELAY_MS: Milliseconds = 2 * SECOND_MS;
/** Woken so much later than it wanted to be, this process was busy: what came meanwhile is heard only after this. */
const LATE_MS: Milliseconds = 5;
/** With a relay that answers, or answered: losses of a hello or a registration, twice, are no sign. */
const PATIENCE_MS: Milliseconds = 750;
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
  #answerDelayMs = ANSWER_DELAY_MS;
  /** No verdict before. */
  #heldUntil: Milliseconds = -Infinity;
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

  /** To a machine where a relay is, by other means than UDP. */
  handleRoundTrip(rttMs: Milliseconds): void {
    this.#answerDelayMs = Math.min(rttMs + ROOM_MS, LONGEST_ANSWER_DELAY_MS);
  }

  /** Another network: what was known of the last one is void. */
  handleNetworkChange(now: Milliseconds): void {
    this.#heard = false;
    this.#answerDelayMs = ANSWER_DELAY_MS;
    if (this.blocked) this.#retryAt = now;
  }

  handleTimeout(now: Milliseconds): void {
    const at = this.pollTimeout();
    if (at === undefined || now < at) return;
    if (!this.blocked && now > at + LATE_MS && this.#heldUntil < at) {
      this.#heldUntil = now + LATE_MS;
      return;
    }
    this.#events.push(this.blocked ? "retry" : "blocked");
    this.#retryAt = now + RETRY_INTERVAL_MS;
  }

  pollTimeout(): Milliseconds | undefined {
    if (this.#silentSince === undefined) return undefined;
    if (this.#retryAt !== undefined) return this.#retryAt;
    const patienceMs = this.#wasLive || this.#heard ? PATIENCE_MS : this.#answerDelayMs;
    return Math.max(this.#silentSince + patienceMs, this.#heldUntil);
  }

  pollEvent(): UdpHealthEvent | undefined {
    return this.#events.shift();
  }
}
