// Relays that run by themselves, and what becomes of traffic when one dies or when UDP does not get through.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import {
  Coordinator,
  type Host,
  labTest,
  makeSampleFile,
  Node,
  serveFile,
  SiteLab,
  startRelay,
  type Topology,
  waitFor,
} from "../lab/index.ts";
import { longestSilence, nodeOf, ping, startMesh } from "./mesh.ts";

/** Two hosts that can meet nowhere but at a relay. */
const hardPair: Topology = {
  publicHosts: ["server", "east", "west"],
  sites: { hotel: { kind: "symmetric", hosts: ["tablet"] }, airport: { kind: "symmetric", hosts: ["watch"] } },
};
const STANDBY_MS = 2000;
const TCP_MS = 5000;
const UDP_AGAIN_MS = 30_000;

async function blockUdp(router: Host): Promise<void> {
  const table =
    "table inet blocked { chain forward { type filter hook forward priority -10; meta l4proto udp drop; }; }";
  await router.output(["sh", "-c", `echo '${table}' | nft -f -`]);
}

async function unblockUdp(router: Host): Promise<void> {
  await router.output(["nft", "delete", "table", "inet", "blocked"]);
}

labTest(
  "relays on machines of their own carry what cannot be direct; when one dies the other takes over",
  hardPair,
  async (lab) => {
    const { nodes } = await startMesh(lab, ["tablet", "watch"], ["--no-relay"]);
    const [tablet, watch] = [nodeOf(nodes, "tablet"), nodeOf(nodes, "watch")];
    const relays = {
      east: await startRelay(lab.host("server"), lab.host("east")),
      west: await startRelay(lab.host("server"), lab.host("west")),
    };
    for (const node of [tablet, watch]) {
      await waitFor("a home relay", 10_000, async () => (await node.status()).self?.homeRelay !== "");
    }
    const { v4 } = await tablet.ips();
    assert.equal((await ping(watch.host, v4, 5)).received, 5);
    await watch.waitForPath("tablet", "relay-udp", 3000);
    // Both relays are ways to the peer by now.
    await waitFor("paths over both", 10_000, async () => ((await watch.peer("tablet"))?.paths.length ?? 0) === 2);

    const used = (await watch.peer("tablet"))?.path.relay;
    assert.ok(used === "east" || used === "west");
    const silence = await longestSilence(watch, v4, async () => {
      relays[used].kill("SIGKILL");
      await sleep(2 * STANDBY_MS);
    });
    assert.ok(silence < STANDBY_MS, `no reply for ${silence} ms`);
    const other = used === "east" ? "west" : "east";
    assert.equal((await watch.peer("tablet"))?.path.relay, other);
    for (const node of [tablet, watch]) {
      await waitFor("another home", 5000, async () => (await node.status()).self?.homeRelay === other);
    }
  },
);

labTest("a relay goes on without its coordinator", hardPair, async (lab) => {
  const { coordinator, nodes } = await startMesh(lab, ["tablet", "watch"], ["--no-relay"]);
  const [tablet, watch] = [nodeOf(nodes, "tablet"), nodeOf(nodes, "watch")];
  const relay = await startRelay(lab.host("server"), lab.host("east"));
  const { v4 } = await tablet.ips();
  await waitFor("a reply", 10_000, async () => (await ping(watch.host, v4, 1)).received === 1);
  await coordinator.kill();
  assert.equal((await ping(watch.host, v4, 10)).received, 10);
  assert.ok(relay.running);
});

labTest(
  "where UDP is blocked traffic goes by TCP within five seconds, and back by itself when it is not any more",
  hardPair,
  async (lab) => {
    const { nodes } = await startMesh(lab, ["tablet", "watch"]);
    const [tablet, watch] = [nodeOf(nodes, "tablet"), nodeOf(nodes, "watch")];
    const { v4 } = await tablet.ips();
    await waitFor("a reply", 10_000, async () => (await ping(watch.host, v4, 1)).received === 1);
    const silence = await longestSilence(watch, v4, async () => {
      await blockUdp(lab.host("airport-router"));
      await watch.waitForPath("tablet", "relay-tcp", TCP_MS);
      // The other side has UDP and keeps it.
      await tablet.waitForPath("watch", "relay-udp", STANDBY_MS);
      await sleep(1000);
    });
    assert.ok(silence < TCP_MS, `no reply for ${silence} ms`);

    const file = makeSampleFile(join(tablet.host.directory, "album.bin"), 20);
    await serveFile(tablet.host, file, 8080);
    const command = `curl --silent --show-error --fail http://${v4}:8080/ | sha256sum`;
    assert.equal((await watch.host.output(["sh", "-c", command])).split(" ")[0], file.sha256);

    await unblockUdp(lab.host("airport-router"));
    const pinging = watch.host.spawn(["ping", "-n", "-i", "0.2", v4]);
    await watch.waitForPath("tablet", "relay-udp", UDP_AGAIN_MS);
    await pinging.stop();
  },
  150_000,
);

labTest("a node that never had UDP joins, and is reached", hardPair, async (lab) => {
  await blockUdp(lab.host("airport-router"));
  await blockUdp(lab.host("hotel-router"));
  const { nodes } = await startMesh(lab, ["tablet", "watch"]);
  const [tablet, watch] = [nodeOf(nodes, "tablet"), nodeOf(nodes, "watch")];
  const { v4 } = await tablet.ips();
  await waitFor("a reply", 10_000, async () => (await ping(watch.host, v4, 1)).received === 1);
  await watch.waitForPath("tablet", "relay-tcp", 1000);
  await tablet.waitForPath("watch", "relay-tcp", 1000);
  assert.equal((await ping(watch.host, v4, 10)).received, 10);
});

test("where only an HTTP proxy leads out, control and traffic go through it", { timeout: 90_000 }, async () => {
  const pair = await SiteLab.createPair("http-proxy-only", "port-restricted");
  using lab = pair.lab;
  const coordinator = await Coordinator.start(pair.server);
  const [left, right] = [new Node(pair.left, "node", lab.environmentOfHost("left")), new Node(pair.right)];
  await left.join(coordinator.joinKey);
  await right.join(coordinator.joinKey);
  const { v4 } = await right.ips();
  await left.waitForPeers("right");
  await waitFor("a reply", 5000, async () => (await ping(left.host, v4, 1)).received === 1);
  await left.waitForPath("right", "relay-tcp", 1000);
  await right.waitForPath("left", "relay-udp", 1000);
  assert.equal((await ping(left.host, v4, 10)).received, 10);
});
