// nftables rules of the routers. What comes from outside unasked is dropped before conntrack confirms an entry for it:
// such an entry would make masquerade give the inside host another port, and the NAT would no longer be endpoint-independent.
import type { SiteKind } from "./topology.ts";

export function routerRules(kind: Exclude<SiteKind, "carrier-nat">): string {
  return `table inet site {
  chain input {
    type filter hook input priority filter; policy drop;
    ct state established,related accept
    iifname { "lo", "lan" } accept
    meta l4proto ipv6-icmp accept
  }
  chain forward {
    type filter hook forward priority filter; policy drop;
    ct state established,related accept
    iifname "lan" accept
  }
${translation(kind)}}
`;
}

function translation(kind: Exclude<SiteKind, "carrier-nat">): string {
  if (kind === "firewall") return "";
  const flags = kind === "symmetric" ? " random,fully-random" : "";
  return `  chain postrouting {
    type nat hook postrouting priority srcnat;
    meta nfproto ipv4 oifname "wan" masquerade${flags}
  }
`;
}
