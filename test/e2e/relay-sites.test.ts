// Relays by themselves: the nearest becomes the home, either address family will do, and a client has its rate and no more.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Coordinator, labTest, Node, SiteLab, siteType, startRelay, waitFor } from "../lab/index.ts";
import { nodeOf, ping, startMesh } from "./mesh.ts";

const RATE_MBIT = 20;

test(
  "of relays in several regions the nearest is a node's home, the next its standby",
  { timeout: 60_000 },
  async () => {
    const [type, hotel] = [siteType("public"), siteType("symmetric-random")];
    using lab = await SiteLab.create(
      ["server"],
      [
        { name: "eu", type, hosts: ["east"] },
        { name: "us", type, hosts: ["west"] },
        { name: "asia", type, hosts: ["south"] },
        { name: "hotel", type: hotel, hosts: ["tablet"] },
      ],
    );
    for (const [region, delay] of [
      ["eu", 45],
      ["us", 5],
      ["asia", 90],
    ] as const) {
      await lab.setOption(region, "delay", delay);
    }
    const server = lab.host("server");
    const coordinator = await Coordinator.start(server, ["--no-relay"]);
    for (const [name, region] of [
      ["south", "asia"],
      ["east", "eu"],
      ["west", "us"],
    ] as const) {
      await startRelay(server, lab.host(name), ["--region", region]);
    }
    const tablet = new Node(lab.host("tablet"));
    await tablet.join(coordinator.joinKey);
    await waitFor("the nearest as home", 10_000, async () => (await tablet.status()).self?.homeRelay === "west");
    assert.deepEqual((await tablet.status()).health, []);
    const { relays } = JSON.parse(await tablet.done("netcheck", "--json")) as {
      readonly relays: readonly { readonly name: string; readonly udpMs: number | null }[];
    };
    const byLatency = [...relays].sort((a, b) => (a.udpMs ?? Infinity) - (b.udpMs ?? Infinity)).map(({ name }) => name);
    assert.deepEqual(byLatency, ["west", "east", "south"]);
  },
);

test("a relay carries between a host that has only IPv6 and one that has only IPv4", { timeout: 60_000 }, async () => {
  using lab = await SiteLab.create(
    ["server", "east"],
    [
      { name: "mobile", type: siteType("ipv6-only"), hosts: ["phone"] },
      { name: "hotel", type: siteType("symmetric-random"), hosts: ["tablet"] },
    ],
  );
  const server = lab.host("server");
  const coordinator = await Coordinator.start(server, ["--no-relay"]);
  await startRelay(server, lab.host("east"));
  const [phone, tablet] = [new Node(lab.host("phone")), new Node(lab.host("tablet"))];
  for (const node of [phone, tablet]) await node.join(coordinator.joinKey);
  for (const node of [phone, tablet]) {
    await waitFor("a home relay", 10_000, async () => (await node.status()).self?.homeRelay === "east");
  }
  const { v4 } = await tablet.ips();
  await waitFor("a reply", 5000, async () => (await ping(phone.host, v4, 1)).received === 1);
  assert.equal((await ping(phone.host, v4, 10)).received, 10);
  await phone.waitForPath("tablet", "relay-udp", 1000);
  assert.match((await phone.peer("tablet"))?.path.address ?? "", /^\[2001:db8:1::/);
  assert.match((await tablet.peer("phone"))?.path.address ?? "", /^203\.0\.113\./);
});

labTest(
  "a client of a relay sends as much as its rate, and no more",
  {
    publicHosts: ["server", "east"],
    sites: { hotel: { kind: "symmetric", hosts: ["tablet"] }, airport: { kind: "symmetric", hosts: ["watch"] } },
  },
  async (lab) => {
    const { nodes } = await startMesh(lab, ["tablet", "watch"], ["--no-relay"]);
    const [tablet, watch] = [nodeOf(nodes, "tablet"), nodeOf(nodes, "watch")];
    await startRelay(lab.host("server"), lab.host("east"), ["--client-rate", `${RATE_MBIT}M`]);
    const { v4 } = await tablet.ips();
    await waitFor("a reply", 10_000, async () => (await ping(watch.host, v4, 1)).received === 1);
    const serving = tablet.host.spawn(["iperf3", "-s", "-1", "--forceflush"]);
    await serving.waitForLine(/listening/i);
    const flags = ["-u", "-b", `${3 * RATE_MBIT}M`, "-l", "1200", "-t", "4", "-J"];
    const report = JSON.parse(await watch.host.output(["iperf3", "-c", v4, ...flags], { timeoutMs: 20_000 })) as {
      readonly end: { readonly sum_received: { readonly bits_per_second: number } };
    };
    const mbit = report.end.sum_received.bits_per_second / 1e6;
    process.stdout.write(`${mbit.toFixed(1)} Mbit/s of ${RATE_MBIT}\n`);
    // A quarter of a second's worth may come at once; headers count, too.
    assert.ok(mbit > 0.75 * RATE_MBIT && mbit < 1.1 * RATE_MBIT, `${mbit.toFixed(1)} Mbit/s`);
  },
);
