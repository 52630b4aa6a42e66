// How much a log may grow: what is said again and again is said rarely, and all of it together stays below a rate, whoever causes it
// (a coordinator that is away for weeks, a stranger who is refused a thousand times a second). What was left out is counted and told.

import { TokenBucket } from "../protocol/token-bucket.ts";

interface Counted {
  readonly bucket: TokenBucket;
  leftOut: number;
}

interface Rate {
  readonly burst: number;
  readonly perSecond: number;
}

/** Of the same line: ten, then one in ten minutes. */
const SAME: Rate = { burst: 10, perSecond: 1 / 600 };
/** Of all of one level, so that a flood at info hides no error: a start, or a bad minute, then one in five seconds. */
const ALL: Rate = { burst: 1000, perSecond: 1 / 5 };
const NUMBERS = /:-?\d+(?:\.\d+)?(?=[,}])/g;
/** Lines that are remembered. */
const MAX_LINES = 256;

export interface Admission {
  /** Lines that were left out since the last admitted one: like this one, and of any kind for want of room. */
  readonly repeats: number;
  readonly lost: number;
}

export class LogLimiter {
  /** By their text, the least recent first. */
  readonly #lines = new Map<string, Counted>();
  readonly #levels = new Map<number, Counted>();

  /** Undefined: left out. `line`: JSON without its time. Its numbers do not tell it from others, those within a text do: they may be names. */
  admit(level: number, line: string, nowMs: number): Admission | undefined {
    const key = line.replaceAll(NUMBERS, ":0");
    const own = this.#lines.get(key) ?? full(SAME, nowMs);
    this.#lines.delete(key);
    this.#lines.set(key, own);
    const [oldest] = this.#lines.keys();
    if (this.#lines.size > MAX_LINES && oldest !== undefined) this.#lines.delete(oldest);
    const all = this.#levels.get(level) ?? full(ALL, nowMs);
    this.#levels.set(level, all);
    if (!take(own, nowMs) || !take(all, nowMs)) return undefined;
    const admission = { repeats: own.leftOut, lost: all.leftOut };
    own.leftOut = 0;
    all.leftOut = 0;
    return admission;
  }
}

function full({ burst, perSecond }: Rate, nowMs: number): Counted {
  return { bucket: new TokenBucket(perSecond, burst, nowMs), leftOut: 0 };
}

function take(counted: Counted, nowMs: number): boolean {
  const admitted = counted.bucket.take(nowMs);
  if (!admitted) counted.leftOut += 1;
  return admitted;
}
