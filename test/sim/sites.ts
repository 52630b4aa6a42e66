// The sites of the field (RFC 4787's terms), and what a path to a host there has to reckon with.
import type { Difficulty } from "../lab/difficulty.ts";
import type { NatBehaviour } from "./nat.ts";

const STRICT = "address-and-port-dependent";
const HOME = { allocation: "preserving", hairpin: false, timeoutMs: 60_000 } as const;
const PORT_RESTRICTED = { ...HOME, mapping: "endpoint-independent", filtering: STRICT } as const;
const SYMMETRIC = { ...HOME, mapping: STRICT, filtering: STRICT, allocation: "random" } as const;

export const FIREWALL = { ...HOME, mapping: "none", filtering: STRICT } as const satisfies NatBehaviour;
/** A firewall that lets everything pass is a link with its delay. */
export const OPEN = {
  ...HOME,
  mapping: "none",
  filtering: "endpoint-independent",
  timeoutMs: Infinity,
} as const satisfies NatBehaviour;

/** A proxy that is asked to CONNECT ends a tunnel that says nothing for so long. */
const PROXY_IDLE_MS = 60_000;

/** The mesh's servers' first addresses. */
export const SERVER_IPS = ["203.0.113.1", "203.0.113.2", "203.0.113.3"] as const;

/** How hard it is to reach a host there over IPv4. */
export type SiteDifficulty =
  | Difficulty
  /** Only the mesh's servers are reached. */
  | "hopeless"
  /** There is no IPv4. */
  | "none";

export interface SiteType {
  /** Outermost first; each but the last is a carrier's. */
  readonly ipv4: readonly NatBehaviour[];
  readonly difficulty: SiteDifficulty;
  /** Behind a stateful firewall, as home routers have it. */
  readonly ipv6?: boolean;
}

export const SITES = {
  public: { ipv4: [OPEN], difficulty: "open" },
  firewall: { ipv4: [FIREWALL], difficulty: "strict" },
  "full-cone": {
    ipv4: [{ ...HOME, mapping: "endpoint-independent", filtering: "endpoint-independent", hairpin: true }],
    difficulty: "open",
  },
  "address-restricted": {
    ipv4: [{ ...HOME, mapping: "endpoint-independent", filtering: "address-dependent" }],
    difficulty: "open",
  },
  "port-restricted": { ipv4: [PORT_RESTRICTED], difficulty: "strict" },
  "port-restricted-random": { ipv4: [{ ...PORT_RESTRICTED, allocation: "random" }], difficulty: "strict" },
  "symmetric-random": { ipv4: [SYMMETRIC], difficulty: "random" },
  "symmetric-sequential": { ipv4: [{ ...SYMMETRIC, allocation: "sequential" }], difficulty: "sequential" },
  /** Each destination a mapping of its own, on the inner port if that is free. */
  "preserving-until-taken": { ipv4: [{ ...SYMMETRIC, allocation: "preserving" }], difficulty: "random" },
  cgnat: { ipv4: [PORT_RESTRICTED, { ...PORT_RESTRICTED, allocation: "random" }], difficulty: "strict" },
  "symmetric-cgnat": { ipv4: [SYMMETRIC, PORT_RESTRICTED], difficulty: "random" },
  "short-timeout": { ipv4: [{ ...PORT_RESTRICTED, timeoutMs: 25_000 }], difficulty: "strict" },
  "port-mapping": { ipv4: [{ ...PORT_RESTRICTED, forwards: true }], difficulty: "port-mapping" },
  "port-mapping-hard": { ipv4: [{ ...SYMMETRIC, forwards: true }], difficulty: "port-mapping" },
  "narrow-1280": { ipv4: [{ ...PORT_RESTRICTED, mtu: 1280 }], difficulty: "strict" },
  "narrow-1124": { ipv4: [{ ...PORT_RESTRICTED, mtu: 1124 }], difficulty: "strict" },
  "udp-blocked": { ipv4: [{ ...PORT_RESTRICTED, blocksUdp: true }], difficulty: "udp-blocked" },
  "http-proxy-only": {
    ipv4: [{ ...PORT_RESTRICTED, blocksUdp: true, tcpIdleMs: PROXY_IDLE_MS }],
    difficulty: "udp-blocked",
  },
  "ipv6-only": { ipv4: [], difficulty: "none", ipv6: true },
  "dual-stack": { ipv4: [SYMMETRIC], difficulty: "random", ipv6: true },
  /** Looks like a home router to the mesh's servers, and lets nobody else through. */
  "servers-only": { ipv4: [{ ...PORT_RESTRICTED, onlyTo: SERVER_IPS }], difficulty: "hopeless" },
} as const satisfies Record<string, SiteType>;

export type SiteKind = keyof typeof SITES;
export const SITE_KINDS = Object.keys(SITES) as readonly SiteKind[];

export function siteType(kind: SiteKind): SiteType {
  return SITES[kind];
}

export const UDP_KINDS = SITE_KINDS.filter((kind) => SITES[kind].difficulty !== "udp-blocked");
/** Hosts with one address for all peers over IPv4. */
export const EASY_KINDS = SITE_KINDS.filter((kind) =>
  ["open", "strict", "port-mapping"].includes(SITES[kind].difficulty),
);
/** Hosts that are reached from nowhere but the mesh's servers, or by luck. */
export const HARD_KINDS = SITE_KINDS.filter(
  (kind) => ["sequential", "random"].includes(SITES[kind].difficulty) && siteType(kind).ipv6 !== true,
);
