// Topology → addresses, cables, routes and firewall rules. Pure.
import { routerRules } from "./router-rules.ts";
import type { InterfacePlan, LabPlan, LinkPlan, NodePlan, RoutePlan, SiteSpec, Topology } from "./topology.ts";

interface Draft {
  readonly nodes: NodePlan[];
  readonly links: LinkPlan[];
  readonly publicPorts: string[];
  readonly carrierPorts: string[];
  readonly internetRoutes: RoutePlan[];
}

export function planLab(topology: Topology): LabPlan {
  const draft: Draft = { nodes: [], links: [], publicPorts: [], carrierPorts: [], internetRoutes: [] };
  for (const [index, name] of (topology.publicHosts ?? []).entries()) {
    planPublicHost(draft, name, index, topology.publicIpv6 ?? false);
  }
  for (const [index, [name, site]] of Object.entries(topology.sites ?? {}).entries()) {
    planSite(draft, name, site, index);
  }
  if (topology.cable !== undefined) planCable(draft, topology.cable);
  const internet: NodePlan = {
    name: "internet",
    role: "internet",
    bridges: {
      public: { ports: draft.publicPorts, addresses: ["203.0.113.1/25", "2001:db8:1::1/64"] },
      carrier: { ports: draft.carrierPorts, addresses: ["198.51.100.1/24", "2001:db8:2::1/64"] },
    },
    routes: draft.internetRoutes,
    ruleset: "",
    ipv4: "203.0.113.1",
  };
  return { nodes: [internet, ...draft.nodes], links: draft.links };
}

function planCable(draft: Draft, names: readonly [string, string]): void {
  const end = (name: string, address: string) => {
    draft.nodes.push(host(name, address, undefined, undefined));
    return { node: name, name: "eth0", addresses: [`${address}/24`] };
  };
  draft.links.push({ ends: [end(names[0], "192.0.2.1"), end(names[1], "192.0.2.2")] });
}

function planPublicHost(draft: Draft, name: string, index: number, ipv6: boolean): void {
  const number = 10 + index;
  const addresses = [`203.0.113.${number}/25`, ...(ipv6 ? [`2001:db8:1::${number}/64`] : [])];
  connect(draft, draft.publicPorts, { node: name, name: "eth0", addresses });
  draft.nodes.push(host(name, `203.0.113.${number}`, "203.0.113.1", ipv6 ? "2001:db8:1::1" : undefined));
}

function planSite(draft: Draft, name: string, site: SiteSpec, index: number): void {
  const router = `${name}-router`;
  const wan = 10 + index;
  const lan = planLan(site, index);
  const lan6 = `2001:db8:${100 + index}:`;
  const wan6 = `2001:db8:2::${wan}`;

  const lanAddresses = [`${lan.gateway}/${lan.prefixLength}`, ...(site.ipv6 === true ? [`${lan6}:1/64`] : [])];
  const uplink = planUplink(draft, name, site, index);
  if (site.ipv6 === true) draft.internetRoutes.push({ destination: `${lan6}:/64`, via: wan6 });
  if (site.kind === "firewall") draft.internetRoutes.push({ destination: lan.network, via: `198.51.100.${wan}` });
  const ports = site.hosts.map((_, number) => `lan${number}`);
  draft.nodes.push({
    name: router,
    role: "router",
    bridges: { lan: { ports, addresses: lanAddresses } },
    routes: [
      { destination: "0.0.0.0/0", via: uplink.gateway },
      ...(site.ipv6 === true ? [{ destination: "::/0", via: "2001:db8:2::1" }] : []),
    ],
    ruleset: routerRules(site.kind === "carrier-nat" ? "port-restricted" : site.kind),
    ipv4: uplink.address,
  });
  for (const [number, hostName] of site.hosts.entries()) {
    const address = lan.hostAddress(number);
    const addresses = [`${address}/${lan.prefixLength}`, ...(site.ipv6 === true ? [`${lan6}:${10 + number}/64`] : [])];
    draft.links.push({
      ends: [
        { node: hostName, name: "eth0", addresses },
        { node: router, name: `lan${number}`, addresses: [] },
      ],
    });
    draft.nodes.push(host(hostName, address, lan.gateway, site.ipv6 === true ? `${lan6}:1` : undefined));
  }
}

interface LanPlan {
  readonly network: string;
  readonly prefixLength: number;
  readonly gateway: string;
  readonly hostAddress: (number: number) => string;
}

function planLan(site: SiteSpec, index: number): LanPlan {
  if (site.kind === "firewall") {
    const base = 128 + 16 * index;
    return {
      network: `203.0.113.${base}/28`,
      prefixLength: 28,
      gateway: `203.0.113.${base + 1}`,
      hostAddress: (number) => `203.0.113.${base + 2 + number}`,
    };
  }
  const prefix = site.lan ?? `192.168.${10 + index}`;
  return {
    network: `${prefix}.0/24`,
    prefixLength: 24,
    gateway: `${prefix}.1`,
    hostAddress: (number) => `${prefix}.${10 + number}`,
  };
}

/** Where the site's router is plugged in: the carrier segment, or a carrier's NAT before it. */
function planUplink(draft: Draft, name: string, site: SiteSpec, index: number): { address: string; gateway: string } {
  const number = 10 + index;
  const publicAddress = `198.51.100.${number}`;
  const publicAddresses = [`${publicAddress}/24`, ...(site.ipv6 === true ? [`2001:db8:2::${number}/64`] : [])];
  if (site.kind !== "carrier-nat") {
    connect(draft, draft.carrierPorts, { node: `${name}-router`, name: "wan", addresses: publicAddresses });
    return { address: publicAddress, gateway: "198.51.100.1" };
  }
  const carrier = `${name}-carrier`;
  const inside = `10.${100 + index}.0`;
  connect(draft, draft.carrierPorts, { node: carrier, name: "wan", addresses: [`${publicAddress}/24`] });
  draft.links.push({
    ends: [
      { node: `${name}-router`, name: "wan", addresses: [`${inside}.2/24`] },
      { node: carrier, name: "lan0", addresses: [] },
    ],
  });
  draft.nodes.push({
    name: carrier,
    role: "router",
    bridges: { lan: { ports: ["lan0"], addresses: [`${inside}.1/24`] } },
    routes: [{ destination: "0.0.0.0/0", via: "198.51.100.1" }],
    ruleset: routerRules("port-restricted"),
    ipv4: publicAddress,
  });
  return { address: `${inside}.2`, gateway: `${inside}.1` };
}

function connect(draft: Draft, bridgePorts: string[], end: InterfacePlan): void {
  const port = `port${draft.publicPorts.length + draft.carrierPorts.length}`;
  bridgePorts.push(port);
  draft.links.push({ ends: [end, { node: "internet", name: port, addresses: [] }] });
}

function host(name: string, ipv4: string, gateway: string | undefined, gateway6: string | undefined): NodePlan {
  const routes = [
    ...(gateway === undefined ? [] : [{ destination: "0.0.0.0/0", via: gateway }]),
    ...(gateway6 === undefined ? [] : [{ destination: "::/0", via: gateway6 }]),
  ];
  return { name, role: "host", bridges: {}, routes, ruleset: "", ipv4 };
}
