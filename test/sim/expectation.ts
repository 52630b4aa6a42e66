// What must come of a pair of sites, and within which time.
import type { LinkQuality } from "./network.ts";
import type { SiteKind } from "./world.ts";

export interface Expectation {
  readonly path: "direct" | "relay";
  /** Of a direct path, after the first packet. */
  readonly withinMs: number;
  /** Found by birthday probing: by luck, if with good odds. */
  readonly byLuck: boolean;
}

const LENIENT: readonly SiteKind[] = ["public", "full-cone", "address-restricted"];
const SEQUENTIAL: readonly SiteKind[] = ["symmetric-sequential"];
const RANDOM: readonly SiteKind[] = ["symmetric-random", "preserving-until-taken"];
/** Each loss costs a repetition, each repetition a part of the time. */
const ROUGH_FACTOR = 2;
const CHEAP_MS = 1000;
const PREDICTED_MS = 2000;
/** Two attempts, and the pause between them. */
const BIRTHDAY_MS = 25_000;

export function expect(a: SiteKind, b: SiteKind, links: readonly LinkQuality[]): Expectation {
  const isRough = links.some(({ jitterMs, loss }) => jitterMs > 0 || loss > 0);
  const direct = (ms: number, byLuck = false) =>
    ({ path: "direct", withinMs: ms * (isRough ? ROUGH_FACTOR : 1), byLuck }) as const;
  const [hard, other] = isHard(a) ? [a, b] : [b, a];
  if (a === "servers-only" || b === "servers-only") return { path: "relay", withinMs: 0, byLuck: false };
  if (!isHard(hard)) return direct(CHEAP_MS);
  if (isHard(other)) return { path: "relay", withinMs: 0, byLuck: false };
  if (LENIENT.includes(other)) return direct(CHEAP_MS);
  return SEQUENTIAL.includes(hard) ? direct(PREDICTED_MS) : direct(BIRTHDAY_MS, true);
}

function isHard(kind: SiteKind): boolean {
  return SEQUENTIAL.includes(kind) || RANDOM.includes(kind);
}
