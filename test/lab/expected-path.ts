// What must come out for a pair of sites: the first rule that fits. The order matters: blocked UDP goes before everything.
import type { PathKind } from "../../src/local-api/node-api.ts";
import { type WayOverIpv4, wayOverIpv4 } from "./difficulty.ts";
import { siteType, type SiteName, type SiteType } from "./sites.ts";

/** Times of a lab with 40 ms between sites and 20 ms to the servers, kept by the median of many pairs. */
export const FIRST_PING_WITHIN_MS = 500;

/** How the direct path is found, which says how long it may take. */
export type Way = "lan" | "ipv6" | Exclude<WayOverIpv4, "relay" | "either">;

export type Expectation =
  | { readonly kind: "direct"; readonly way: Way }
  /** Direct would be better and is not required. */
  | { readonly kind: "direct-or-relay" }
  /** As the left host and as the right host see it. */
  | { readonly kind: "relay"; readonly left: PathKind; readonly right: PathKind };

export const withinMs: Readonly<Record<Way, number>> = {
  lan: 1000,
  ipv6: 1000,
  "port-mapping": 1000,
  "endpoint-independent": 1000,
  "hard-to-open": 1000,
  prediction: 2000,
  birthday: 5000,
};

function direct(way: Way): Expectation {
  return { kind: "direct", way };
}

export function expectedPath(leftName: SiteName, rightName: SiteName): Expectation {
  const [left, right] = [siteType(leftName), siteType(rightName)];
  const blocked = (site: SiteType): PathKind => (site.difficulty === "udp-blocked" ? "relay-tcp" : "relay-udp");
  if (leftName === rightName && left.together === true) return direct("lan");
  if (left.difficulty === "udp-blocked" || right.difficulty === "udp-blocked") {
    return { kind: "relay", left: blocked(left), right: blocked(right) };
  }
  if (left.ipv6 !== undefined && right.ipv6 !== undefined) return direct("ipv6");
  if (left.ipv6 === "only" || right.ipv6 === "only") return { kind: "relay", left: "relay-udp", right: "relay-udp" };
  const way = wayOverIpv4(left.difficulty, right.difficulty);
  if (way === "either") return { kind: "direct-or-relay" };
  return way === "relay" ? { kind: "relay", left: "relay-udp", right: "relay-udp" } : direct(way);
}
