// Every kind of site that the matrix covers, as a list: what stands between a host there and the internet (outermost first), and
// what a path to it has to reckon with. Words of RFC 4787; options as `lab-router` has them.
import type { Difficulty } from "./difficulty.ts";

/** Options of lab-router; `true` is a switch. */
export type RouterOptions = Readonly<Record<string, string | number | true>>;

export type RouterSpec =
  /** lab-router with a public address. */
  | { readonly kind: "nat"; readonly options: RouterOptions }
  /** lab-router without translation: a line, a firewall. */
  | { readonly kind: "routed"; readonly options: RouterOptions }
  /** The kernel's NAT with a random port for every destination, and miniupnpd: PCP, NAT-PMP, UPnP IGD. */
  | { readonly kind: "port-mapping" };

export interface SiteType {
  readonly routers: readonly [RouterSpec, ...RouterSpec[]];
  readonly difficulty: Difficulty;
  /** Default: IPv4 only. */
  readonly ipv6?: "only" | "too";
  /** Hosts reach nothing but an HTTP CONNECT proxy in their LAN. */
  readonly proxyOnly?: true;
  /** Both hosts of a pair are in one LAN. */
  readonly together?: true;
}

/** 10 ms each way: 20 ms to the servers and back, 40 ms to another site. */
const line: RouterOptions = { delay: 10 };

const independent = "endpoint-independent";
const addressDependent = "address-dependent";
const dependent = "address-and-port-dependent";

const nat = (mapping: string, filtering: string, more: RouterOptions = {}): RouterSpec => ({
  kind: "nat",
  options: { ...line, mapping, filtering, ...more },
});
const portRestricted = (more: RouterOptions = {}) => nat(independent, dependent, more);
/** ICMP is dropped; TCP is clamped, as every router with a narrow line does: without it nothing else would work there. */
const narrow = (mtu: number) => portRestricted({ mtu, "drop-icmp": true, "clamp-mss": true });

export const siteTypes = {
  public: { routers: [{ kind: "routed", options: line }], difficulty: "open" },
  firewall: { routers: [{ kind: "routed", options: { ...line, firewall: true } }], difficulty: "strict" },
  "full-cone": { routers: [nat(independent, independent)], difficulty: "open" },
  // Open to whoever sends from an address that was sent to: a port that cannot be told does not matter.
  "address-restricted": { routers: [nat(independent, addressDependent)], difficulty: "open" },
  "port-restricted": { routers: [portRestricted()], difficulty: "strict" },
  "symmetric-random": { routers: [nat(dependent, dependent)], difficulty: "random" },
  "symmetric-sequential": {
    routers: [nat(dependent, dependent, { allocation: "sequential" })],
    difficulty: "sequential",
  },
  "port-preserving": { routers: [nat(dependent, dependent, { allocation: "preserving" })], difficulty: "random" },
  cgnat: {
    routers: [portRestricted(), { kind: "nat", options: { mapping: independent, filtering: dependent } }],
    difficulty: "strict",
  },
  "same-nat": { routers: [portRestricted()], difficulty: "strict", together: true },
  "same-nat-hairpin": { routers: [portRestricted({ hairpin: true })], difficulty: "strict", together: true },
  "udp-blocked": { routers: [portRestricted({ "block-udp": true })], difficulty: "udp-blocked" },
  "http-proxy-only": { routers: [portRestricted()], difficulty: "udp-blocked", proxyOnly: true },
  "ipv6-only": {
    routers: [{ kind: "routed", options: { ...line, firewall: true } }],
    difficulty: "strict",
    ipv6: "only",
  },
  "dual-stack": { routers: [nat(dependent, dependent, { firewall: true })], difficulty: "random", ipv6: "too" },
  "short-timeout": { routers: [portRestricted({ "udp-timeout": 20 })], difficulty: "strict" },
  "narrow-1280": { routers: [narrow(1280)], difficulty: "strict" },
  "narrow-1124": { routers: [narrow(1124)], difficulty: "strict" },
  "port-mapping": {
    routers: [{ kind: "routed", options: line }, { kind: "port-mapping" }],
    difficulty: "port-mapping",
  },
} as const satisfies Readonly<Record<string, SiteType>>;

export type SiteName = keyof typeof siteTypes;

export const siteNames = Object.keys(siteTypes) as readonly SiteName[];

export function isSiteName(name: string): name is SiteName {
  return name in siteTypes;
}

export function siteType(name: SiteName): SiteType {
  return siteTypes[name];
}
