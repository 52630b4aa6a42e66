// What the kernel of a router's namespace does: it hands packets to lab-router and takes them back, or is itself a NAT whose ports
// miniupnpd opens.
import type { RouterSpec } from "./sites.ts";
import type { NodePlan, RoutePlan } from "./topology.ts";

const TABLE_OUTBOUND = 101;
const TABLE_INBOUND = 102;

export interface RouterAddresses {
  readonly wan: string;
  readonly lanAddresses: readonly string[];
  readonly lanPorts: readonly string[];
  readonly routes: readonly RoutePlan[];
}

export function routerNode(name: string, spec: RouterSpec, at: RouterAddresses): NodePlan {
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
