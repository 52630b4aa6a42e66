// What the echoes of one path say, as the engine judges them (native/engine/src/echo.rs, with its numbers): round trip, loss, silence.

const HISTORY = 32;
const LOST_BY_CHANCE = 1;
const REPLY_LIFETIME_MS = 3000;
const SILENCE = { unanswered: 3, minMs: 100, maxNearMs: 500, farMs: 150 } as const;
const GRANULARITY_MS = 50;
const UNKNOWN_PTO_MS = 150;

interface Outstanding {
  readonly counter: number;
  readonly sentAt: number;
}

export class Echoes {
  #outstanding: Outstanding[] = [];
  #variationMs = 0;
  #finished: boolean[] = [];
  #confirmedAt = -Infinity;
  rttMs: number | undefined;
  lastSentAt: number | undefined;
  lastReplyAt: number | undefined;

  handleSent(counter: number, now: number): void {
    this.#expire(now);
    if (this.#outstanding.length === HISTORY) {
      this.#outstanding.shift();
      this.#finish(false);
    }
    this.#outstanding.push({ counter, sentAt: now });
    this.lastSentAt = now;
  }

  /** The round trip, if this answers an echo of this path. */
  handleReply(counter: number, now: number): number | undefined {
    this.#expire(now);
    const echo = this.#outstanding.find((each) => each.counter === counter);
    if (echo === undefined) return undefined;
    this.#outstanding = this.#outstanding.filter((each) => each !== echo);
    this.#finish(true);
    this.handleConfirmed(echo.sentAt);
    this.lastReplyAt = now;
    const rttMs = now - echo.sentAt;
    // RFC 9002 §5.3
    if (this.rttMs === undefined) {
      this.#variationMs = rttMs / 2;
      this.rttMs = rttMs;
    } else {
      this.#variationMs = (this.#variationMs * 3 + Math.abs(this.rttMs - rttMs)) / 4;
      this.rttMs = (this.rttMs * 7 + rttMs) / 8;
    }
    return rttMs;
  }

  /** Something sent on this path then arrived. */
  handleConfirmed(sentAt: number): void {
    this.#confirmedAt = Math.max(this.#confirmedAt, sentAt);
  }

  forgetOutstanding(): void {
    this.#outstanding = [];
  }

  hurry(): void {
    this.lastSentAt = undefined;
  }

  /** When the first unanswered echo is overdue. */
  suspiciousAt(): number | undefined {
    const first = this.#unanswered()[0];
    return first && first.sentAt + this.probeTimeoutMs();
  }

  silentAt(): number | undefined {
    const unanswered = this.#unanswered();
    const [first] = unanswered;
    if (first === undefined || unanswered.length < SILENCE.unanswered) return undefined;
    return first.sentAt + this.#silenceAllowedMs();
  }

  /** RFC 9002 §6.2.1 */
  probeTimeoutMs(): number {
    return this.rttMs === undefined ? UNKNOWN_PTO_MS : this.rttMs + Math.max(this.#variationMs * 4, GRANULARITY_MS);
  }

  loss(): number {
    const lost = this.#finished.filter((answered) => !answered).length;
    return lost <= LOST_BY_CHANCE ? 0 : lost / this.#finished.length;
  }

  #silenceAllowedMs(): number {
    const allowedMs = Math.max(this.probeTimeoutMs() * 3, SILENCE.minMs);
    const isFar = this.rttMs !== undefined && this.rttMs >= SILENCE.farMs;
    return isFar ? allowedMs : Math.min(allowedMs, SILENCE.maxNearMs);
  }

  #unanswered(): readonly Outstanding[] {
    const [first] = this.#outstanding;
    if (first === undefined || first.sentAt > this.#confirmedAt) return this.#outstanding;
    return this.#outstanding.filter(({ sentAt }) => sentAt > this.#confirmedAt);
  }

  #expire(now: number): void {
    for (
      let [first] = this.#outstanding;
      first && first.sentAt + REPLY_LIFETIME_MS <= now;
      [first] = this.#outstanding
    ) {
      this.#outstanding.shift();
      this.#finish(false);
    }
  }

  #finish(answered: boolean): void {
    this.#finished.push(answered);
    if (this.#finished.length > HISTORY) this.#finished.shift();
  }
}
