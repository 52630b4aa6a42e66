// Relays that run by themselves, and nodes that have no UDP. What becomes of traffic when that changes is in recovery.test.ts.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
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
import { nodeOf, ping, startMesh } from "./mesh.ts";

/** Two hosts that can meet nowhere but at a relay. */
const hardPair: Topology = {
  publicHosts: ["server", "east"],
  sites: { hotel: { kind: "symmetric", hosts: ["tablet"] }, airport: { kind: "symmetric", hosts: ["watch"] } },
};

async function blockUdp(router: Host): Promise<void> {
  const table =
    "table inet blocked { chain forward { type filter hook forward priority -10; meta l4proto udp drop; }; }";
  await router.output(["sh", "-c", `echo '${table}' | nft -f -`]);
}

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
  const file = makeSampleFile(join(tablet.host.directory, "album.bin"), 20);
  await serveFile(tablet.host, file, 8080);
  const command = `curl --silent --show-error --fail http://${v4}:8080/ | sha256sum`;
  assert.equal((await watch.host.output(["sh", "-c", command])).split(" ")[0], file.sha256);
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
