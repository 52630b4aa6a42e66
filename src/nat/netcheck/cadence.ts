// When to check the network without being asked: soon after it changed, and about once an hour. A start is no change: joining shows what is
// needed at once, and a node that has nothing to do sends nothing.
//
// A change is followed by others for a while (addresses, routes, a name server): the check comes when they have settled, though not
// later than a minute after the first. Hosts that started together are kept from checking together.
import { type Milliseconds, SECOND_MS } from "../../protocol/units.ts";

const SETTLE_MS: Milliseconds = 10 * SECOND_MS;
const SETTLE_MAX_MS: Milliseconds = 60 * SECOND_MS;
const INTERVAL_MS: Milliseconds = 3600 * SECOND_MS;
const JITTER_SHARE = 0.2;

export class CheckCadence {
  readonly #random: (length: number) => Uint8Array;
  #dueAt: Milliseconds;
  /** First of the changes that were not checked yet. */
  #changedAt: Milliseconds | undefined;
  #isDue = false;

  constructor(random: (length: number) => Uint8Array, now: Milliseconds) {
    this.#random = random;
    this.#dueAt = now;
    this.#rest(now);
  }

  handleNetworkChange(now: Milliseconds): void {
    this.#changedAt ??= now;
    this.#dueAt = Math.min(now + SETTLE_MS, this.#changedAt + SETTLE_MAX_MS);
    this.handleTimeout(now);
  }

  /** A check ended, whoever wanted it. */
  handleChecked(now: Milliseconds): void {
    if (this.#changedAt === undefined) this.#rest(now);
  }

  handleTimeout(now: Milliseconds): void {
    if (now < this.#dueAt) return;
    this.#isDue = true;
    this.#changedAt = undefined;
    this.#rest(now);
  }

  pollTimeout(): Milliseconds {
    return this.#dueAt;
  }

  /** "due": check now. */
  pollEvent(): "due" | undefined {
    const isDue = this.#isDue;
    this.#isDue = false;
    return isDue ? "due" : undefined;
  }

  #rest(now: Milliseconds): void {
    const share = (this.#random(1)[0] ?? 0) / 255;
    this.#dueAt = now + INTERVAL_MS * (1 - JITTER_SHARE / 2 + JITTER_SHARE * share);
  }
}
