// What must come of a pair of sites, and within which time: connectivity.md's table, the first rule that fits. Blocked UDP goes before
// everything.
import { type Difficulty, type WayOverIpv4, wayOverIpv4 } from "../lab/difficulty.ts";
import type { LinkQuality } from "./network.ts";
import type { UsedPath } from "./node.ts";
import { type SiteDifficulty, type SiteKind, type SiteType, siteType } from "./sites.ts";

export type Way = "ipv6" | Exclude<WayOverIpv4, "relay" | "either">;

export type Expectation =
  /** `byLuck`: found by birthday probing, with good odds. */
  | { readonly path: "direct"; readonly way: Way; readonly withinMs: number; readonly byLuck: boolean }
  /** Direct would be better and is not required. */
  | { readonly path: "either" }
  /** As each side sees it. */
  | { readonly path: "relay"; readonly kinds: readonly [UsedPath, UsedPath] };

/** Each loss costs a repetition, each repetition a part of the time. */
const ROUGH_FACTOR = 2;
/** Two attempts, and the pause between them. */
const BIRTHDAY_MS = 25_000;

const WITHIN_MS: Record<Way, number> = {
  ipv6: 1000,
  "port-mapping": 1000,
  "endpoint-independent": 1000,
  "hard-to-open": 1000,
  prediction: 2000,
  birthday: BIRTHDAY_MS,
};

export function expect(a: SiteKind, b: SiteKind, links: readonly LinkQuality[]): Expectation {
  const isRough = links.some(({ jitterMs, loss }) => jitterMs > 0 || loss > 0);
  const way = wayBetween(siteType(a), siteType(b));
  if (way === "either") return { path: "either" };
  if (way === "relay") return { path: "relay", kinds: [relayFrom(siteType(a)), relayFrom(siteType(b))] };
  const withinMs = WITHIN_MS[way] * (isRough ? ROUGH_FACTOR : 1);
  return { path: "direct", way, withinMs, byLuck: way === "birthday" };
}

function relayFrom({ difficulty }: SiteType): UsedPath {
  return difficulty === "udp-blocked" ? "relay-tcp" : "relay-udp";
}

function wayBetween(a: SiteType, b: SiteType): Way | "relay" | "either" {
  if (a.difficulty === "udp-blocked" || b.difficulty === "udp-blocked") return "relay";
  if (a.ipv6 === true && b.ipv6 === true) return "ipv6";
  return hasWay(a.difficulty) && hasWay(b.difficulty) ? wayOverIpv4(a.difficulty, b.difficulty) : "relay";
}

function hasWay(difficulty: SiteDifficulty): difficulty is Difficulty {
  return difficulty !== "none" && difficulty !== "hopeless";
}
