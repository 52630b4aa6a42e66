// Keeps overlay addresses to the overlay: a packet that claims to come from the mesh, but came in by another interface, is dropped before
// anything sees it. Without this, whoever shares a network with the host can talk to its services as a peer, and probe connections inside the
// tunnel (CVE-2019-14899): Linux takes packets for any of its addresses on any interface.
//
// Like strict reverse-path filtering (RFC 3704 §2.2), for the mesh's prefixes only. What a killed daemon leaves says nothing any more: without
// the device, nothing is routed into it.
import { run } from "./run.ts";

/** Returns a warning where the host cannot do it. May be repeated, with other prefixes. */
export async function raiseGuard(device: string, prefixes: readonly string[]): Promise<string | undefined> {
  const { ok, problem } = await run("nft", ["-f", "-"], guardRules(device, prefixes));
  return ok
    ? undefined
    : `other interfaces than ${device} can bring packets that claim to come from the mesh: nftables refused a rule (${problem})`;
}

/** Says whether there was one. */
export async function lowerGuard(device: string): Promise<boolean> {
  return (await run("nft", ["delete", "table", "inet", tableOf(device)])).ok;
}

export function guardRules(device: string, prefixes: readonly string[]): string {
  const table = `inet ${tableOf(device)}`;
  const rules = prefixes.map((prefix) => {
    const family = prefix.includes(":") ? "ip6" : "ip";
    return `    ${family} saddr ${prefix} iifname != "${device}" fib saddr oifname "${device}" drop`;
  });
  // Named before it is deleted: deleting what is not there is an error.
  return `table ${table}
delete table ${table}
table ${table} {
  chain prerouting {
    type filter hook prerouting priority -300; policy accept;
${rules.join("\n")}
  }
}
`;
}

function tableOf(device: string): string {
  return `meshd-${device}`;
}
