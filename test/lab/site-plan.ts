// Sites of the list → namespaces, addresses, cables, and the programs on the routers. Pure.
//
//   internet: 203.0.113.0/25 and 2001:db8:1::/64 with the servers; to site I a cable, 192.0.2.(4I)/30 and 2001:db8:2:I::/64, and
//   behind it 198.51.100.(8I)/29 for the public addresses of its NAT, 203.0.113.(128+8I)/29 for hosts with public addresses.
//   LAN of site I: 192.168.(10+I).0/24, 2001:db8:(100+I)::/64.
import type { RouterOptions, RouterSpec, SiteType } from "./sites.ts";
import type { LabPlan, LinkPlan, NodePlan, RoutePlan } from "./topology.ts";

/** Site I has room for six public addresses; the cables' /24 for 64 sites, the public hosts' /25 for 16. */
const MAX_SITES = 16;
const PUBLIC_ADDRESSES = 6;
const TABLE_OUTBOUND = 101;
const TABLE_INBOUND = 102;

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

export function planSites(servers: readonly string[], sites: readonly PlannedSite[]): SitePlan {
  if (sites.length > MAX_SITES) throw new Error(`a lab has room for ${MAX_SITES} sites`);
  const nodes: NodePlan[] = [];
  const links: LinkPlan[] = [];
  const internetRoutes: RoutePlan[] = [];
  const chains = new Map<string, readonly PlannedRouter[]>();
  const proxies = new Map<string, string>();

  for (const [number, name] of servers.entries()) {
    const addresses = [
      `203.0.113.${10 + 2 * number}/25`,
      `203.0.113.${11 + 2 * number}/25`,
      `2001:db8:1::${10 + number}/64`,
    ];
    links.push({
      ends: [
        { node: name, name: "eth0", addresses },
        { node: "internet", name: `server${number}`, addresses: [] },
      ],
    });
    nodes.push(hostNode(name, `203.0.113.${10 + 2 * number}`, ["203.0.113.1", "2001:db8:1::1"]));
  }

  const attachment = (siteName: string, number: number): Attachment => {
    const index = sites.findIndex((site) => site.name === siteName);
    const site = sites[index];
    if (site === undefined) throw new Error(`no site ${siteName}`);
    const { routers, ipv6 } = site.type;
    const lan = lanOf(routers, routers.length - 1, index);
    const v4 = ipv6 !== "only";
    const v6 = ipv6 !== undefined;
    return {
      router: routerName(siteName, routers.length - 1),
      addresses: [
        ...(v4 ? [`${lan.address(number)}/${lan.prefixLength}`] : []),
        ...(v6 ? [`2001:db8:${100 + index}::${10 + number}/64`] : []),
      ],
      gateways: [...(v4 ? [lan.gateway] : []), ...(v6 ? [`2001:db8:${100 + index}::1`] : [])],
    };
  };

  for (const [index, site] of sites.entries()) {
    const { type } = site;
    const v6 = type.ipv6 !== undefined;
    const cable = { internet: `192.0.2.${4 * index + 1}`, router: `192.0.2.${4 * index + 2}` };
    const routed: RoutePlan[] = [];
    const chain = type.routers.map((spec, depth): PlannedRouter => {
      const outermost = depth === 0;
      const upstream = outermost ? undefined : lanOf(type.routers, depth - 1, index);
      const lan = lanOf(type.routers, depth, index);
      const wan = upstream?.address(0) ?? cable.router;
      // An inner NAT's addresses lie in the outer one's LAN, which finds them behind that router.
      const pool = outermost ? network("198.51.100", 8 * index, 29, 1) : network(`100.64.${index}`, 16, 28, 1);
      if (spec.kind === "nat") routed.push({ destination: pool.prefix, via: wan });
      else if (outermost) routed.push({ destination: lan.prefix, via: wan });
      if (outermost) internetRoutes.push(...routed.splice(0));
      const innermost = depth === type.routers.length - 1;
      nodes.push(
        routerNode(routerName(site.name, depth), spec, {
          wan,
          lanAddresses: [
            `${lan.gateway}/${lan.prefixLength}`,
            ...(v6 && innermost ? [`2001:db8:${100 + index}::1/64`] : []),
          ],
          lanPorts: innermost ? [...site.hosts, ...proxyHosts(site)].map((_, port) => `lan${port}`) : ["lan0"],
          routes: [
            { destination: "0.0.0.0/0", via: upstream?.gateway ?? cable.internet },
            ...(v6 ? [{ destination: "::/0", via: `2001:db8:2:${index}::1` }] : []),
          ],
        }),
      );
      const publicAddresses =
        spec.kind === "nat" ? Array.from({ length: PUBLIC_ADDRESSES }, (_, n) => pool.address(n)) : [];
      return {
        node: routerName(site.name, depth),
        spec,
        options: {
          ...(spec.kind === "port-mapping" ? {} : spec.options),
          ...(spec.kind === "nat" && { "public-address": pool.address(0) }),
          ...(type.proxyOnly === true && { "allow-only": lan.address(site.hosts.length) }),
          seed: 1000 * index + depth,
        },
        publicAddresses,
      };
    });
    chains.set(site.name, chain);
    links.push({
      ends: [
        {
          node: routerName(site.name, 0),
          name: "wan",
          addresses: [`${cable.router}/30`, ...(v6 ? [`2001:db8:2:${index}::2/64`] : [])],
        },
        {
          node: "internet",
          name: `site${index}`,
          addresses: [`${cable.internet}/30`, ...(v6 ? [`2001:db8:2:${index}::1/64`] : [])],
        },
      ],
    });
    if (v6) internetRoutes.push({ destination: `2001:db8:${100 + index}::/64`, via: `2001:db8:2:${index}::2` });
    for (const depth of type.routers.keys()) {
      if (depth === 0) continue;
      const upstream = lanOf(type.routers, depth - 1, index);
      links.push({
        ends: [
          {
            node: routerName(site.name, depth),
            name: "wan",
            addresses: [`${upstream.address(0)}/${upstream.prefixLength}`],
          },
          { node: routerName(site.name, depth - 1), name: "lan0", addresses: [] },
        ],
      });
      const outer = nodes.find((node) => node.name === routerName(site.name, depth - 1));
      if (outer !== undefined) nodes[nodes.indexOf(outer)] = { ...outer, routes: [...outer.routes, ...routed] };
    }
    for (const [number, name] of [...site.hosts, ...proxyHosts(site)].entries()) {
      const { router, addresses, gateways } = attachment(site.name, number);
      links.push({
        ends: [
          { node: name, name: "eth0", addresses },
          { node: router, name: `lan${number}`, addresses: [] },
        ],
      });
      nodes.push(hostNode(name, addresses[0]?.split("/")[0] ?? "", gateways));
    }
    for (const proxy of proxyHosts(site)) proxies.set(site.name, proxy);
  }

  const internet: NodePlan = {
    name: "internet",
    role: "internet",
    bridges: {
      public: {
        ports: servers.map((_, number) => `server${number}`),
        addresses: ["203.0.113.1/25", "2001:db8:1::1/64"],
      },
    },
    routes: internetRoutes,
    ruleset: "",
    ipv4: "203.0.113.1",
  };
  return {
    lab: { nodes: [internet, ...nodes], links },
    routers: [...chains.values()].flat(),
    chains,
    attachment,
    proxies,
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

interface RouterAddresses {
  readonly wan: string;
  readonly lanAddresses: readonly string[];
  readonly lanPorts: readonly string[];
  readonly routes: readonly RoutePlan[];
}

function routerNode(name: string, spec: RouterSpec, at: RouterAddresses): NodePlan {
  return {
    name,
    role: "router",
    bridges: { lan: { ports: at.lanPorts, addresses: at.lanAddresses } },
    routes: at.routes,
    ruleset: spec.kind === "port-mapping" ? portMappingRules : "",
    setup: spec.kind === "port-mapping" ? [] : userspaceSetup,
    ipv4: at.wan,
  };
}

/** What comes from the LAN goes into one TUN, what comes from the internet into the other; what comes out of them is routed on. */
const userspaceSetup: readonly string[] = [
  "ip tuntap add dev inside mode tun; ip tuntap add dev outside mode tun",
  "for file in ipv4/conf/*/rp_filter; do echo 0 > $file; done",
  `ip -batch - <<'END'
link set dev inside up txqueuelen 2000
link set dev outside up txqueuelen 2000
rule add iif lan lookup ${TABLE_OUTBOUND}
rule add iif wan lookup ${TABLE_INBOUND}
route add default dev inside table ${TABLE_OUTBOUND}
route add default dev outside table ${TABLE_INBOUND}
route add ::/0 dev inside table ${TABLE_OUTBOUND}
route add ::/0 dev outside table ${TABLE_INBOUND}
END`,
  `ip -6 -batch - <<'END'
rule add iif lan lookup ${TABLE_OUTBOUND}
rule add iif wan lookup ${TABLE_INBOUND}
END`,
];

/** Where miniupnpd puts its rules, and a NAT as hard as can be around it. */
const portMappingRules = `table inet site {
  chain input {
    type filter hook input priority filter; policy drop;
    ct state established,related accept
    iifname { "lo", "lan" } accept
  }
  chain forward {
    type filter hook forward priority filter; policy drop;
    ct state established,related accept
    iifname "lan" accept
    jump mapped
  }
  chain mapped { }
  chain prerouting {
    type nat hook prerouting priority dstnat;
    jump mapped_prerouting
  }
  chain mapped_prerouting { }
  chain postrouting {
    type nat hook postrouting priority srcnat;
    jump mapped_postrouting
    meta nfproto ipv4 oifname "wan" masquerade random,fully-random
  }
  chain mapped_postrouting { }
}
`;
