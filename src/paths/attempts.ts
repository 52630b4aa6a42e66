// When one peer's next attempt at a direct path is due: at once where something changed, ever later where nothing was found.
import { type Milliseconds, SECOND_MS } from "../protocol/units.ts";
import { AttemptNumbers } from "./attempt-numbers.ts";
import { backoffMs } from "./backoff.ts";
import { BURST_MS } from "./targets.ts";
import type { RandomBytes } from "./types.ts";

/** Within this time an invitation is part of the attempt that runs: the two sides' messages cross. */
const SAME_ATTEMPT_MS: Milliseconds = SECOND_MS;
/** Candidates change in steps (interface, then reflexive); peers are not told of each. */
const SIGNAL_GAP_MS: Milliseconds = 250;
/** News from others reset the backoff this often at most: a peer whose address changes all the time is not probed all the time. */
const NEWS_GAP_MS: Milliseconds = 10 * SECOND_MS;

export interface Attempt {
  readonly number: number;
  readonly startedAt: Milliseconds;
  /** Begun by us: the peer has to be told. */
  readonly own: boolean;
}

export class Attempts {
  readonly #numbers: AttemptNumbers;
  #running: Attempt | undefined;
  #dueAt: Milliseconds | undefined;
  #lastOwnAt: Milliseconds = -Infinity;
  #lastNewsAt: Milliseconds = -Infinity;
  #failures = 0;

  constructor(random: RandomBytes) {
    this.#numbers = new AttemptNumbers(random);
  }

  get running(): Attempt | undefined {
    return this.#running;
  }

  /** In a row. */
  get failures(): number {
    return this.#failures;
  }

  get dueAt(): Milliseconds | undefined {
    return this.#dueAt;
  }

  /** What failed so far says nothing about what comes. */
  forgetFailures(): void {
    this.#failures = 0;
  }

  /** The same, on the word of others. */
  handleNews(now: Milliseconds): void {
    if (now < this.#lastNewsAt + NEWS_GAP_MS) return;
    this.#lastNewsAt = now;
    this.#failures = 0;
  }

  schedule(at: Milliseconds): void {
    const earliest = Math.max(at, this.#lastOwnAt + SIGNAL_GAP_MS);
    this.#dueAt = Math.min(earliest, this.#dueAt ?? Infinity);
  }

  isDue(now: Milliseconds): boolean {
    return this.#dueAt !== undefined && now >= this.#dueAt;
  }

  begin(now: Milliseconds): Attempt {
    this.#lastOwnAt = now;
    return this.#run({ number: this.#numbers.own(), startedAt: now, own: true });
  }

  /** The peer began one. Undefined if it is part of the one that runs. */
  join(number: number, now: Milliseconds): Attempt | undefined {
    if (this.#running !== undefined && now < this.#running.startedAt + SAME_ATTEMPT_MS) return undefined;
    return this.#run({ number, startedAt: now, own: false });
  }

  /** True the first time, if the attempt is not our own: it wants an answer. */
  settle(number: number): boolean {
    return this.#numbers.settle(number);
  }

  isOver(now: Milliseconds): boolean {
    return this.#running !== undefined && now >= this.#running.startedAt + BURST_MS;
  }

  /** Nothing was found; tried again later if `retry`. */
  fail(retry: boolean, now: Milliseconds): void {
    this.#running = undefined;
    this.#failures += 1;
    if (retry) this.schedule(now + backoffMs(this.#failures));
  }

  /** A direct path is there: no other attempt is needed. One that runs goes on, it may find a better one. */
  succeed(): void {
    this.#failures = 0;
    this.#dueAt = undefined;
  }

  end(): void {
    this.#running = undefined;
  }

  cancel(): void {
    this.#running = undefined;
    this.#dueAt = undefined;
  }

  pollTimeout(): Milliseconds | undefined {
    const over = this.#running && this.#running.startedAt + BURST_MS;
    return over === undefined || this.#dueAt === undefined ? (over ?? this.#dueAt) : Math.min(over, this.#dueAt);
  }

  #run(attempt: Attempt): Attempt {
    this.#dueAt = undefined;
    this.#running = attempt;
    return attempt;
  }
}
