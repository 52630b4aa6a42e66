// Guided fuzzing of one target: inputs that reached something new become parents of others. The same seed gives the same inputs.
import { type Random, seededRandom } from "../sim/random.ts";
import type { Coverage, Difference } from "./instrument.ts";
import { mutate, type Words } from "./mutator.ts";
import type { Target } from "./target.ts";

/** A parser that takes longer for one input is a way to keep it busy. */
const SLOW_MS = 250;
/** An input is slow only if it is every time. */
const SLOW_TRIES = 3;
const SHORTEN_MS = 3000;
const MAX_CORPUS = 20_000;
const MAX_WANTED = 48;
const RECENT = 32;
const CANDIDATES = 3;
/** How often the files are looked through for what was reached. */
const WORDS_EVERY = 4096;

export interface Finding {
  readonly input: Uint8Array;
  readonly message: string;
}

export interface Figures {
  readonly inputs: number;
  readonly edges: number;
  readonly corpus: number;
}

interface Parent {
  readonly input: Uint8Array;
  readonly wanted: readonly Difference[];
  /** How often others were made of it. */
  children: number;
}

export interface FuzzerOptions {
  readonly target: Target;
  readonly coverage: Coverage;
  readonly seed: number;
  /** False: mutations of the seeds only, to compare with. */
  readonly guided: boolean;
  /** Sees every input before it is tried. */
  readonly before?: (input: Uint8Array) => void;
}

export class Fuzzer {
  readonly #options: FuzzerOptions;
  readonly #random: Random;
  readonly #seen: Uint8Array;
  readonly #parents: Parent[] = [];
  #words: readonly string[] = [];
  readonly #first: Uint8Array[];
  #inputs = 0;
  #edges = 0;

  constructor(options: FuzzerOptions, regressions: readonly Uint8Array[] = []) {
    this.#options = options;
    this.#random = seededRandom(options.seed);
    this.#seen = new Uint8Array(options.coverage.counts.length);
    this.#first = [new Uint8Array(), ...options.target.seeds(), ...regressions];
    this.#clear();
  }

  get figures(): Figures {
    return { inputs: this.#inputs, edges: this.#edges, corpus: this.#parents.length };
  }

  /** Tries one input. */
  async step(): Promise<Finding | undefined> {
    const input = this.#first.shift() ?? this.#next();
    this.#options.before?.(input);
    this.#inputs += 1;
    const message = await complaint(this.#options.target, input);
    if (message !== undefined) return { input, message };
    const wanted = [...this.#options.coverage.wanted.values()].slice(0, MAX_WANTED);
    if (this.#learn() || this.#parents.length === 0 || this.#first.length > 0) {
      if (this.#parents.length < MAX_CORPUS) this.#parents.push({ input: input.slice(), wanted, children: 0 });
    }
    return undefined;
  }

  #next(): Uint8Array {
    if (this.#inputs % WORDS_EVERY === 0 || this.#words.length === 0) this.#words = this.#wordsOfReached();
    const { guided, target } = this.#options;
    const parent = this.#parent();
    parent.children += 1;
    const words: Words = { constant: this.#words, wanted: guided ? parent.wanted : [] };
    return mutate(this.#random, parent.input, this.#random.pick(this.#parents).input, words, target.maxBytes);
  }

  /** Half of the time what was found last, where nobody has been; and rather what had few children. */
  #parent(): Parent {
    const recent = this.#random.integer(0, 1) === 0 ? this.#parents.slice(-RECENT) : this.#parents;
    const candidates = Array.from({ length: CANDIDATES }, () => this.#random.pick(recent));
    return candidates.reduce((a, b) => (b.children < a.children ? b : a));
  }

  /** Literals of the files that any input reached. */
  #wordsOfReached(): readonly string[] {
    const reached = this.#options.coverage.files.filter(({ first, end }) =>
      this.#seen.subarray(first, end).some((buckets) => buckets !== 0),
    );
    return [...new Set(reached.flatMap(({ words }) => words))];
  }

  /** Whether this input reached something that none before it did. */
  #learn(): boolean {
    const { counts, hit, edgeSlots } = this.#options.coverage;
    let isNew = false;
    for (const slot of hit) {
      const bucket = bucketOf(counts[slot] ?? 0);
      const seen = this.#seen[slot] ?? 0;
      if ((seen & bucket) !== 0) continue;
      if (seen === 0 && slot < edgeSlots) this.#edges += 1;
      this.#seen[slot] = seen | bucket;
      isNew = true;
    }
    this.#clear();
    return isNew && this.#options.guided;
  }

  #clear(): void {
    const { counts, hit, wanted } = this.#options.coverage;
    for (const slot of hit) counts[slot] = 0;
    hit.length = 0;
    wanted.clear();
  }
}

/** What is wrong with the target at this input, in one line; undefined if nothing. */
export async function complaint(target: Target, input: Uint8Array): Promise<string | undefined> {
  try {
    const started = performance.now();
    await once(target, input);
    if (performance.now() - started <= SLOW_MS) return undefined;
    let least = Infinity;
    for (let i = 0; i < SLOW_TRIES; i++) least = Math.min(least, await processorTime(target, input));
    return least > SLOW_MS ? `takes ${least.toFixed(0)} ms` : undefined;
  } catch (error) {
    return describe(error);
  }
}

/** A copy: what a parser keeps or changes is not ours. */
async function once(target: Target, input: Uint8Array): Promise<void> {
  const running = target.run(input.slice());
  if (running instanceof Promise) await running;
}

/** Milliseconds: others may keep the machine from us. */
async function processorTime(target: Target, input: Uint8Array): Promise<number> {
  const before = process.threadCpuUsage();
  await once(target, input);
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1000;
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const place = /\n\s+at .*/.exec(error.stack ?? "")?.[0].trim() ?? "";
  const reason = error.message.split("\n").slice(0, 3).join(" ");
  return `${error.name}: ${reason} ${place}`.slice(0, 400);
}

/** How often, roughly: once, twice, three times, and from there in powers of two. */
function bucketOf(count: number): number {
  if (count <= 3) return 1 << Math.max(0, count - 1);
  if (count < 8) return 8;
  if (count < 16) return 16;
  if (count < 32) return 32;
  return count < 128 ? 64 : 128;
}

/** A shorter input of which the target complains as it does of this one; in bounded time. */
export async function shorten(
  target: Target,
  { input, message }: Finding,
  before: (input: Uint8Array) => void,
): Promise<Uint8Array> {
  const until = performance.now() + SHORTEN_MS;
  let shortest = input;
  for (let size = shortest.length >> 1; size >= 1; size >>= 1) {
    for (let at = 0; at < shortest.length && performance.now() < until;) {
      const shorter = Uint8Array.from([...shortest.subarray(0, at), ...shortest.subarray(at + size)]);
      before(shorter);
      if (isSame(await complaint(target, shorter), message)) shortest = shorter;
      else at += size;
    }
  }
  return shortest;
}

/** The same place, whatever values the words name. */
function isSame(a: string | undefined, b: string): boolean {
  const place = (text: string): string => /at .*$/.exec(text)?.[0] ?? text.replaceAll(/\d+/g, "");
  return a !== undefined && place(a) === place(b);
}
