// Which path comes out between which sites, and how soon: first packets over the relay, then direct wherever the NATs allow it.
import assert from "node:assert/strict";
import { labTest, type SiteSpec, type Topology } from "../lab/index.ts";
import { ping, startPair } from "./mesh.ts";

const DIRECT_WITHIN_MS = 2000;

const home: SiteSpec = { kind: "port-restricted", hosts: ["laptop"] };

interface Case {
  readonly name: string;
  readonly topology: Topology;
  readonly pair: readonly [string, string];
}

const direct: readonly Case[] = [
  {
    name: "both behind port-restricted NATs",
    topology: { sites: { home, cafe: { kind: "port-restricted", hosts: ["phone"] } } },
    pair: ["laptop", "phone"],
  },
  {
    name: "both behind port-restricted NATs with the same private addresses",
    topology: {
      sites: {
        home: { ...home, lan: "192.168.1" },
        cafe: { kind: "port-restricted", hosts: ["phone"], lan: "192.168.1" },
      },
    },
    pair: ["laptop", "phone"],
  },
  {
    name: "one public, one behind a NAT",
    topology: { publicHosts: ["vps"], sites: { home } },
    pair: ["vps", "laptop"],
  },
  {
    name: "one public, one behind a symmetric NAT",
    topology: { publicHosts: ["vps"], sites: { hotel: { kind: "symmetric", hosts: ["tablet"] } } },
    pair: ["vps", "tablet"],
  },
  {
    name: "both firewalled",
    topology: {
      sites: { office: { kind: "firewall", hosts: ["build"] }, lab: { kind: "firewall", hosts: ["bench"] } },
    },
    pair: ["build", "bench"],
  },
  {
    name: "one behind two NATs",
    topology: { sites: { home, train: { kind: "carrier-nat", hosts: ["notebook"] } } },
    pair: ["laptop", "notebook"],
  },
  {
    name: "both in one LAN",
    topology: { sites: { home: { kind: "port-restricted", hosts: ["laptop", "desktop"] } } },
    pair: ["laptop", "desktop"],
  },
];

function withServer(topology: Topology): Topology {
  return { ...topology, publicHosts: ["server", ...(topology.publicHosts ?? [])] };
}

for (const { name, topology, pair } of direct) {
  labTest(`${name}: every ping is answered, and the path is direct within 2 s`, withServer(topology), async (lab) => {
    const [left, right] = await startPair(lab, ...pair);
    const { v4 } = await right.ips();
    const pinging = ping(left.host, v4, 15);
    const tookMs = await left.waitForPath(pair[1], "direct", DIRECT_WITHIN_MS);
    assert.deepEqual(await pinging, { sent: 15, received: 15, first: 1 });
    await right.waitForPath(pair[0], "direct", DIRECT_WITHIN_MS);
    const path = (await left.peer(pair[1]))?.path;
    assert.equal(path?.kind, "direct", `lost the direct path found after ${tookMs.toFixed(0)} ms`);
  });
}

labTest(
  "both in one LAN: the path uses their LAN addresses",
  withServer({ sites: { home: { kind: "port-restricted", hosts: ["laptop", "desktop"] } } }),
  async (lab) => {
    const [laptop, desktop] = await startPair(lab, "laptop", "desktop");
    await ping(laptop.host, (await desktop.ips()).v4, 3);
    await laptop.waitForPath("desktop", "direct", DIRECT_WITHIN_MS);
    assert.match((await laptop.peer("desktop"))?.path.address ?? "", /^192\.168\.10\.11:/);
  },
);

labTest(
  "both behind symmetric NATs: works, over the relay, and says so",
  withServer({
    sites: { hotel: { kind: "symmetric", hosts: ["tablet"] }, airport: { kind: "symmetric", hosts: ["watch"] } },
  }),
  async (lab) => {
    const [tablet, watch] = await startPair(lab, "tablet", "watch");
    const { v4, v6 } = await watch.ips();
    assert.deepEqual(await ping(tablet.host, v4, 15), { sent: 15, received: 15, first: 1 });
    assert.equal((await ping(tablet.host, v6, 3)).received, 3);
    assert.equal((await tablet.peer("watch"))?.path.kind, "relay-udp");
    assert.equal((await watch.peer("tablet"))?.path.kind, "relay-udp");
    assert.match(await tablet.done("ping", "-c", "1", "watch"), /relay/);
  },
);

labTest(
  "IPv6 on both sides, firewalled, and IPv4 behind symmetric NATs: direct over IPv6",
  {
    publicHosts: ["server"],
    publicIpv6: true,
    sites: {
      hotel: { kind: "symmetric", hosts: ["tablet"], ipv6: true },
      airport: { kind: "symmetric", hosts: ["watch"], ipv6: true },
    },
  },
  async (lab) => {
    const [tablet, watch] = await startPair(lab, "tablet", "watch");
    const { v4 } = await watch.ips();
    const pinging = ping(tablet.host, v4, 12);
    await tablet.waitForPath("watch", "direct", DIRECT_WITHIN_MS);
    assert.equal((await pinging).received, 12);
    assert.match((await tablet.peer("watch"))?.path.address ?? "", /^\[2001:db8:/);
  },
);
