// Sites of the list → namespaces, addresses, cables, and the programs on the routers. Pure.
//
//   internet: 203.0.113.0/25 and 2001:db8:1::/64 with the servers; to site I a cable, 192.0.2.(4I)/30 and 2001:db8:2:I::/64, and
//   behind it 198.51.100.(8I)/29 for the public addresses of its NAT, 203.0.113.(128+8I)/29 for hosts with public addresses.
//   LAN of site I: 192.168.(10+I).0/24, 2001:db8:(100+I)::/64.
import { routerNode } from "./site-router.ts";
import type { RouterOptions, RouterSpec, SiteType } from "./sites.ts";
import type { LabPlan, LinkPlan, NodePlan, RoutePlan } from "./topology.ts";

/** Site I has room for six public addresses; the cables' /24 for 64 sites, the public hosts' /25 for 16. */
const MAX_SITES = 16;
const PUBLIC_ADDRESSES = 6;

export interface PlannedSite {
  readonly name: string;
  readonly type: SiteType;
  readonly hosts: readonly string[];
}

export interface PlannedRouter {
  /** The namespace. */
  readonly node: string;
  readonly spec: RouterSpec;
  /** For lab-router. */
  readonly options: RouterOptions;
  /** Addresses that its NAT may have, the first one at the start. */
  readonly publicAddresses: readonly string[];
}

/** Where a host is plugged in. */
export interface Attachment {
  readonly router: string;
  readonly addresses: readonly string[];
  readonly gateways: readonly string[];
}

export interface SitePlan {
  readonly lab: LabPlan;
  readonly routers: readonly PlannedRouter[];
  /** Site → its routers, outermost first. */
  readonly chains: ReadonlyMap<string, readonly PlannedRouter[]>;
  /** Site → number → what a host has there. */
  readonly attachment: (site: string, number: number) => Attachment;
  /** Site → its proxy's host. */
  readonly proxies: ReadonlyMap<string, string>;
}

interface Network {
  readonly gateway: string;
  readonly prefixLength: number;
  readonly prefix: string;
  readonly address: (number: number) => string;
}

function network(base: string, first: number, prefixLength: number, hostsFrom: number): Network {
  return {
    gateway: `${base}.${first + 1}`,
    prefixLength,
    prefix: `${base}.${first}/${prefixLength}`,
    address: (number) => `${base}.${first + hostsFrom + number}`,
  };
}

/** Of the router's inner side. */
function lanOf(routers: readonly RouterSpec[], depth: number, index: number): Network {
  const spec = routers[depth];
  const inner = routers[depth + 1];
  // miniupnpd maps no ports of an address that is documented to be for documentation; this one lies between two such ranges.
  if (inner?.kind === "port-mapping") return network("192.0.1", 8 * index, 29, 2);
  if (inner !== undefined) return network(`100.64.${index}`, 0, 24, 2);
  if (spec?.kind === "routed") return network("203.0.113", 128 + 8 * index, 29, 2);
  return network(`192.168.${10 + index}`, 0, 24, 10);
}

interface Draft {
  readonly nodes: NodePlan[];
  readonly links: LinkPlan[];
  readonly internetRoutes: RoutePlan[];
}

export function planSites(servers: readonly string[], sites: readonly PlannedSite[]): SitePlan {
  if (sites.length > MAX_SITES) throw new Error(`a lab has room for ${MAX_SITES} sites`);
  const draft: Draft = { nodes: [], links: [], internetRoutes: [] };
  for (const [number, name] of servers.entries()) planServer(draft, name, number);
  const chains = new Map(sites.map((site, index) => [site.name, planSite(draft, site, index)]));
  const internet: NodePlan = {
    name: "internet",
    role: "internet",
    bridges: {
      public: {
        ports: servers.map((_, number) => `server${number}`),
        addresses: ["203.0.113.1/25", "2001:db8:1::1/64"],
      },
    },
    routes: draft.internetRoutes,
    ruleset: "",
    ipv4: "203.0.113.1",
  };
  return {
    lab: { nodes: [internet, ...draft.nodes], links: draft.links },
    routers: [...chains.values()].flat(),
    chains,
    attachment: (name, number) => {
      const index = sites.findIndex((site) => site.name === name);
      const site = sites[index];
      if (site === undefined) throw new Error(`no site ${name}`);
      return attachment(site, index, number);
    },
    proxies: new Map(sites.flatMap((site) => proxyHosts(site).map((proxy) => [site.name, proxy] as const))),
  };
}

/** With two IPv4 addresses, as RFC 5780 wants them. */
function planServer(draft: Draft, name: string, number: number): void {
  const first = `203.0.113.${10 + 2 * number}`;
  const addresses = [`${first}/25`, `203.0.113.${11 + 2 * number}/25`, `2001:db8:1::${10 + number}/64`];
  draft.links.push({
    ends: [
      { node: name, name: "eth0", addresses },
      { node: "internet", name: `server${number}`, addresses: [] },
    ],
  });
  draft.nodes.push(hostNode(name, first, ["203.0.113.1", "2001:db8:1::1"]));
}

/** Routers, outermost first, then hosts. */
function planSite(draft: Draft, site: PlannedSite, index: number): readonly PlannedRouter[] {
  const v6 = site.type.ipv6 !== undefined;
  const cable6 = `2001:db8:2:${index}:`;
  draft.links.push({
    ends: [
      {
        node: routerName(site.name, 0),
        name: "wan",
        addresses: [`192.0.2.${4 * index + 2}/30`, ...(v6 ? [`${cable6}:2/64`] : [])],
      },
      {
        node: "internet",
        name: `site${index}`,
        addresses: [`192.0.2.${4 * index + 1}/30`, ...(v6 ? [`${cable6}:1/64`] : [])],
      },
    ],
  });
  if (v6) draft.internetRoutes.push({ destination: `2001:db8:${100 + index}::/64`, via: `${cable6}:2` });
  const routers = site.type.routers.map((_, depth) => planRouter(draft, site, index, depth));
  for (const [number, name] of [...site.hosts, ...proxyHosts(site)].entries()) {
    const { router, addresses, gateways } = attachment(site, index, number);
    draft.links.push({
      ends: [
        { node: name, name: "eth0", addresses },
        { node: router, name: `lan${number}`, addresses: [] },
      ],
    });
    draft.nodes.push(hostNode(name, addresses[0]?.split("/")[0] ?? "", gateways));
  }
  return routers;
}

function planRouter(draft: Draft, site: PlannedSite, index: number, depth: number): PlannedRouter {
  const { routers, ipv6, proxyOnly } = site.type;
  const spec = routers[depth] ?? routers[0];
  const node = routerName(site.name, depth);
  const upstream = depth === 0 ? undefined : lanOf(routers, depth - 1, index);
  const lan = lanOf(routers, depth, index);
  const wan = upstream?.address(0) ?? `192.0.2.${4 * index + 2}`;
  const innermost = depth === routers.length - 1;
  const v6 = ipv6 !== undefined;
  // An inner NAT's addresses lie in the outer router's LAN, which finds them behind that router.
  const pool = upstream === undefined ? network("198.51.100", 8 * index, 29, 1) : network(`100.64.${index}`, 16, 28, 1);
  const isNat = spec.kind === "nat";
  // What the network before this router must find behind it.
  const behind = { destination: isNat ? pool.prefix : lan.prefix, via: wan };
  if (upstream === undefined) draft.internetRoutes.push(behind);
  else plugIn(draft, node, routerName(site.name, depth - 1), `${wan}/${upstream.prefixLength}`, isNat ? [behind] : []);
  draft.nodes.push(
    routerNode(node, spec, {
      wan,
      lanAddresses: [
        `${lan.gateway}/${lan.prefixLength}`,
        ...(v6 && innermost ? [`2001:db8:${100 + index}::1/64`] : []),
      ],
      lanPorts: innermost ? [...site.hosts, ...proxyHosts(site)].map((_, port) => `lan${port}`) : ["lan0"],
      routes: [
        { destination: "0.0.0.0/0", via: upstream?.gateway ?? `192.0.2.${4 * index + 1}` },
        ...(v6 ? [{ destination: "::/0", via: `2001:db8:2:${index}::1` }] : []),
      ],
    }),
  );
  return {
    node,
    spec,
    options: {
      ...(spec.kind === "port-mapping" ? {} : spec.options),
      ...(isNat && { "public-address": pool.address(0) }),
      ...(proxyOnly === true && { "allow-only": lan.address(site.hosts.length) }),
      seed: 1000 * index + depth,
    },
    publicAddresses: isNat ? Array.from({ length: PUBLIC_ADDRESSES }, (_, number) => pool.address(number)) : [],
  };
}

/** An inner router into the LAN of the one before it. */
function plugIn(draft: Draft, node: string, outer: string, address: string, routes: readonly RoutePlan[]): void {
  draft.links.push({
    ends: [
      { node, name: "wan", addresses: [address] },
      { node: outer, name: "lan0", addresses: [] },
    ],
  });
  const at = draft.nodes.findIndex(({ name }) => name === outer);
  const before = draft.nodes[at];
  if (before !== undefined) draft.nodes[at] = { ...before, routes: [...before.routes, ...routes] };
}

function attachment(site: PlannedSite, index: number, number: number): Attachment {
  const { routers, ipv6 } = site.type;
  const lan = lanOf(routers, routers.length - 1, index);
  const v4 = ipv6 !== "only";
  const v6 = ipv6 !== undefined;
  const lan6 = `2001:db8:${100 + index}:`;
  return {
    router: routerName(site.name, routers.length - 1),
    addresses: [
      ...(v4 ? [`${lan.address(number)}/${lan.prefixLength}`] : []),
      ...(v6 ? [`${lan6}:${10 + number}/64`] : []),
    ],
    gateways: [...(v4 ? [lan.gateway] : []), ...(v6 ? [`${lan6}:1`] : [])],
  };
}

function proxyHosts(site: PlannedSite): readonly string[] {
  return site.type.proxyOnly === true ? [`${site.name}-proxy`] : [];
}

/** "home-r0" is the outermost router of "home". */
function routerName(site: string, depth: number): string {
  return `${site}-r${depth}`;
}

function hostNode(name: string, ipv4: string, gateways: readonly string[]): NodePlan {
  const routes = gateways.map((via) => ({ destination: via.includes(":") ? "::/0" : "0.0.0.0/0", via }));
  return { name, role: "host", bridges: {}, routes, ruleset: "", ipv4 };
}
