// How much a log may grow: what is said again and again is said rarely, and all of it together stays below a rate, whoever causes it
// (a coordinator that is away for weeks, a stranger who is refused a thousand times a second). What was left out is counted and told.

interface Bucket {
  left: number;
  filledAtMs: number;
  leftOut: number;
}

interface Rate {
  readonly burst: number;
  readonly perMs: number;
}

const SECOND_MS = 1000;
/** Of the same line: ten, then one in ten minutes. */
const SAME: Rate = { burst: 10, perMs: 1 / (600 * SECOND_MS) };
/** Of all of one level, so that a flood at info hides no error: a start, or a bad minute, then one in five seconds. */
const ALL: Rate = { burst: 1000, perMs: 1 / (5 * SECOND_MS) };
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
  readonly #lines = new Map<string, Bucket>();
  readonly #levels = new Map<number, Bucket>();

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
    if (!take(own, SAME, nowMs) || !take(all, ALL, nowMs)) return undefined;
    const admission = { repeats: own.leftOut, lost: all.leftOut };
    own.leftOut = 0;
    all.leftOut = 0;
    return admission;
  }
}

function full({ burst }: Rate, nowMs: number): Bucket {
  return { left: burst, filledAtMs: nowMs, leftOut: 0 };
}

function take(bucket: Bucket, { burst, perMs }: Rate, nowMs: number): boolean {
  bucket.left = Math.min(burst, bucket.left + Math.max(0, nowMs - bucket.filledAtMs) * perMs);
  bucket.filledAtMs = nowMs;
  if (bucket.left < 1) {
    bucket.leftOut += 1;
    return false;
  }
  bucket.left -= 1;
  return true;
}
