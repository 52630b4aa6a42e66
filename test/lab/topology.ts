// What a lab consists of, and which addresses it has: a pure plan that lab.ts carries out.
//
//   internet: one namespace that routes between two segments, 203.0.113.0/25 (public hosts) and 198.51.100.0/24 (the
//   routers of the sites), and to firewalled sites with public addresses (203.0.113.128/28 and following).
//   Each site: a router and hosts on one LAN. IPv6 (2001:db8::/32) only where a site or the public hosts ask for it, so that
//   it does not decide what a test of NATs finds.

/** RFC 4787 terms: mapping, filtering. */
export type SiteKind =
  /** Mapping endpoint-independent, filtering address and port dependent: plain Linux masquerade. */
  | "port-restricted"
  /** A new random port for every destination. */
  | "symmetric"
  /** Public addresses behind a stateful firewall. */
  | "firewall"
  /** A port-restricted router behind the port-restricted NAT of the carrier. */
  | "carrier-nat";

export interface SiteSpec {
  readonly kind: SiteKind;
  readonly hosts: readonly string[];
  /** First three bytes of the LAN; sites may share one, as homes do. Default: one of its own. */
  readonly lan?: string;
  readonly ipv6?: boolean;
}

export interface Topology {
  readonly publicHosts?: readonly string[];
  readonly sites?: Readonly<Record<string, SiteSpec>>;
  /** Two hosts joined by nothing but a cable (192.0.2.1 and 192.0.2.2), for measurements. */
  readonly cable?: readonly [string, string];
  /** Public hosts have IPv6 too. */
  readonly publicIpv6?: boolean;
}

/** One end of a cable. */
export interface InterfacePlan {
  readonly node: string;
  readonly name: string;
  /** With prefix length. */
  readonly addresses: readonly string[];
}

export interface LinkPlan {
  readonly ends: readonly [InterfacePlan, InterfacePlan];
}

export interface RoutePlan {
  readonly destination: string;
  readonly via: string;
}

/** A namespace. */
export interface NodePlan {
  readonly name: string;
  readonly role: "internet" | "router" | "host";
  /** Bridge → its ports and addresses. */
  readonly bridges: Readonly<
    Record<string, { readonly ports: readonly string[]; readonly addresses: readonly string[] }>
  >;
  readonly routes: readonly RoutePlan[];
  /** nftables rules, for routers. */
  readonly ruleset: string;
  /** Shell lines to end its configuration with. */
  readonly setup?: readonly string[];
  /** The host's address on its own network, without prefix length. */
  readonly ipv4: string;
}

export interface LabPlan {
  readonly nodes: readonly NodePlan[];
  readonly links: readonly LinkPlan[];
}
