// What netcheck finds out about sites of every kind.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { NetcheckReport } from "../../src/nat/netcheck/index.ts";
import { Coordinator, Node, SiteLab, type SiteName, siteType } from "../lab/index.ts";

test("netcheck knows every kind of site", { timeout: 120_000 }, async () => {
  const dependent = "address-and-port-dependent";
  const independent = "endpoint-independent";
  const expected: Partial<Record<SiteName, Partial<NetcheckReport>>> = {
    public: { udp: true, ipv4: true, ipv6: false, mapping: independent, filtering: independent, hairpin: null },
    firewall: { mapping: independent, filtering: dependent, hairpin: null },
    "full-cone": { mapping: independent, filtering: independent, hairpin: false },
    "address-restricted": { mapping: independent, filtering: "address-dependent" },
    "port-restricted": { mapping: independent, filtering: dependent },
    "same-nat-hairpin": { mapping: independent, filtering: dependent, hairpin: true },
    "symmetric-random": { mapping: dependent, filtering: dependent, allocation: { pattern: "random" } },
    "symmetric-sequential": {
      mapping: dependent,
      filtering: dependent,
      allocation: { pattern: "sequential", step: 1 },
    },
    "port-preserving": { mapping: dependent, filtering: dependent, allocation: { pattern: "preserving" } },
    "port-mapping": { mapping: dependent, portMapping: ["pcp", "nat-pmp", "upnp"] },
    "dual-stack": { ipv4: true, ipv6: true, mapping: dependent },
    "ipv6-only": { udp: true, ipv4: false, ipv6: true, mapping: independent, hairpin: null, portMapping: [] },
    "http-proxy-only": { udp: false, publicAddresses: [], mapping: "unknown", captivePortal: false },
    "udp-blocked": { udp: false, publicAddresses: [], mapping: "unknown", captivePortal: false },
  };
  const sites = Object.keys(expected) as SiteName[];
  using lab = await SiteLab.create(
    ["server"],
    sites.map((name, number) => ({ name: `s${number}`, type: siteType(name), hosts: [`h${number}`] })),
  );
  const coordinator = await Coordinator.start(lab.host("server"));
  const reports = await Promise.all(sites.map((_, number) => netcheckOn(lab, `h${number}`, coordinator)));
  for (const [number, name] of sites.entries()) {
    const report = reports[number];
    assert.ok(report !== undefined);
    const wanted = expected[name] ?? {};
    const found = Object.fromEntries(Object.entries(report).filter(([key]) => key in wanted));
    assert.deepEqual(found, wanted, name);
    const [relay] = report.relays;
    assert.ok(relay !== undefined && report.relays.length === 1, name);
    // 20 ms there and back, and one more round trip for a proxy.
    assert.ok(relay.tcpMs !== null && relay.tcpMs >= 19, `${name}: TCP ${relay.tcpMs}`);
    assert.ok(
      report.udp ? relay.udpMs !== null && relay.udpMs >= 19 : relay.udpMs === null,
      `${name}: UDP ${relay.udpMs}`,
    );
  }
});

async function netcheckOn(lab: SiteLab, host: string, coordinator: Coordinator): Promise<NetcheckReport> {
  const node = new Node(lab.host(host), "node", lab.environmentOfHost(host));
  await node.join(coordinator.joinKey);
  const report = JSON.parse(await node.done("netcheck", "--json")) as NetcheckReport;
  assert.deepEqual(JSON.parse(await node.done("netcheck", "--last", "--json")), report);
  await node.stop();
  return report;
}
