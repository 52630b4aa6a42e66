// Coverage as guided fuzzing needs it, for each single input: the product's source is rewritten as it is loaded, so that every branch
// counts and every comparison tells how near it was. (The inspector's block coverage costs milliseconds for each reading.)
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createRequire, registerHooks } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { threadId } from "node:worker_threads";
import type { Rewritten } from "./rewrite.ts";

/** A place for each edge, then hashed ones for how near a comparison was. */
const MAX_EDGES = 1 << 16;
const NEARNESS_SLOTS = 1 << 16;
/** Comparisons of longer texts are as good as different. */
const MAX_COMPARED = 32;
const RUNTIME = "__meshdFuzz";

const repository = new URL("../../", import.meta.url);
/** What was rewritten once is not again. */
const CACHE = fileURLToPath(new URL("build/fuzz/instrumented/", repository));
/** Parsers that are not ours, of bytes that are not ours either. */
const PARSERS = /node_modules\/(dns-packet|@rgrove\/parse-xml|smol-toml|protobufjs)\//;

/** A file that was loaded. */
interface SourceFile {
  /** Its edges are from here, and before `end`. */
  readonly first: number;
  readonly end: number;
  /** Literals: words that inputs may want to hold. */
  readonly words: readonly string[];
}

export type Difference = readonly [string, string] | readonly [number, number];

/** What of one input was seen; cleared by whoever reads it. */
export interface Coverage {
  readonly counts: Uint8Array;
  /** Slots of `counts` that were hit since the last clearing, each once. */
  readonly hit: number[];
  /** Slots below are edges, the others say how near a comparison was. */
  readonly edgeSlots: number;
  readonly files: SourceFile[];
  /** By place: what was compared last and found different, so that the one can be tried instead of the other. */
  readonly wanted: Map<number, Difference>;
}

/** Loads everything from here on instrumented. */
export function instrument(): Coverage {
  const coverage: Coverage = {
    counts: new Uint8Array(MAX_EDGES + NEARNESS_SLOTS),
    hit: [],
    edgeSlots: MAX_EDGES,
    files: [],
    wanted: new Map(),
  };
  Object.assign(globalThis, { [RUNTIME]: runtimeOf(coverage) });
  mkdirSync(CACHE, { recursive: true });
  const ours = [new URL("src/", repository).href, new URL("test/fuzz/planted.ts", repository).href];
  let sites = 0;
  registerHooks({
    load(url, context, next) {
      if (!PARSERS.test(url) && !ours.some((start) => url.startsWith(start))) return next(url, context);
      const { format } = next(url, context);
      const { text, sites: own, words } = rewritten(fileURLToPath(url));
      const first = sites;
      sites += own;
      if (sites > MAX_EDGES) throw new RangeError("more edges than there is room for");
      coverage.files.push({ first, end: sites, words });
      const source = text.replaceAll(/\bmeshdSite_(\d+)/g, (_, site) => String(first + Number(site)));
      return { format: format === "module-typescript" ? "module" : format, source, shortCircuit: true };
    },
  });
  return coverage;
}

function rewritten(path: string): Rewritten {
  const text = readFileSync(path, "utf8");
  const rewriter = new URL("rewrite.ts", import.meta.url);
  const hash = createHash("sha256").update(readFileSync(rewriter)).update(path).update(text).digest("hex");
  const file = join(CACHE, `${hash.slice(0, 32)}.json`);
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Rewritten;
  } catch {
    // Loaded only here: the compiler takes half a second.
    const { rewrite } = createRequire(import.meta.url)("./rewrite.ts") as typeof import("./rewrite.ts");
    const made = rewrite(text, path, RUNTIME);
    const mine = `${file}.${process.pid}-${threadId}`;
    writeFileSync(mine, JSON.stringify(made));
    renameSync(mine, file);
    return made;
  }
}

type Search = "startsWith" | "endsWith" | "includes";
type Searchable = Record<Search, (part: unknown) => unknown>;

/** What the rewritten source calls. */
function runtimeOf({ counts, hit, wanted }: Coverage) {
  const mark = (slot: number): void => {
    const count = counts[slot] ?? 0;
    if (count === 0) hit.push(slot);
    if (count < 255) counts[slot] = count + 1;
  };
  const nearness = (site: number, near: number): void => {
    mark(MAX_EDGES + (((Math.imul(site, 0x9e37_79b1) >>> 8) + near * 0x85eb) % NEARNESS_SLOTS));
  };
  const compare = (site: number, a: unknown, b: unknown): void => {
    if (a === b) return;
    if (typeof a === "number" && typeof b === "number") {
      nearness(site, 32 - bitsOf(a ^ b));
      nearness(site, 64 + Math.clz32(Math.abs(a - b)));
      wanted.set(site, [a, b]);
    } else if (typeof a === "string" && typeof b === "string" && b.length > 0) {
      nearness(site, commonStart(a, b));
      nearness(site, 128 + Math.min(a.length, b.length, MAX_COMPARED));
      if (a.length <= MAX_COMPARED && b.length <= MAX_COMPARED) wanted.set(site, [a, b]);
    }
  };
  return {
    mark,
    same(site: number, a: unknown, b: unknown): boolean {
      compare(site, a, b);
      return a === b;
    },
    within(site: number, whole: string | Searchable, method: Search, part: unknown): unknown {
      if (typeof whole === "string" && typeof part === "string") {
        compare(site, method === "endsWith" ? whole.slice(-part.length) : whole.slice(0, part.length), part);
      }
      return (whole as Searchable)[method](part);
    },
    choose<Value>(site: number, value: Value, cases: readonly unknown[]): Value {
      for (const each of cases) compare(site, value, each);
      return value;
    },
  };
}

function bitsOf(value: number): number {
  let bits = 0;
  for (let rest = value >>> 0; rest !== 0; rest &= rest - 1) bits += 1;
  return bits;
}

function commonStart(a: string, b: string): number {
  const most = Math.min(a.length, b.length, MAX_COMPARED);
  let at = 0;
  while (at < most && a[at] === b[at]) at += 1;
  return at;
}
