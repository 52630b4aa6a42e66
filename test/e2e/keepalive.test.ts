// What is quiet stays reachable: a NAT that forgets after 17 s, and nothing to say for twice as long.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Coordinator, type Host, Node, type PlannedSite, SiteLab } from "../lab/index.ts";
import { Capture } from "../lab/capture.ts";

const UDP_TIMEOUT_S = 17;
const QUIET_MS = 36_000;
/** A round trip between sites is 40 ms, by the relay as well. */
const AT_ONCE_MS = 80;
/** With a handshake. */
const FIRST_PING_MS = 500;
/** First byte of echoes and their answers. */
const DISCO = 16;
/** Before that, paths are measured more often (docs/protocol.md, "Keepalives"). */
const MEASURED_MS = 6000;

const site = (timeoutSeconds: number): PlannedSite["type"] => ({
  routers: [
    {
      kind: "nat",
      options: {
        ...{ delay: 10, mapping: "endpoint-independent", filtering: "address-and-port-dependent" },
        "udp-timeout": timeoutSeconds,
      },
    },
  ],
  difficulty: "strict",
});

test("keepalives hold direct paths and relay sessions where mappings live for 17 s", { timeout: 90_000 }, async () => {
  using lab = await SiteLab.create(
    ["server"],
    [
      { name: "a", type: site(UDP_TIMEOUT_S), hosts: ["left"] },
      { name: "b", type: site(120), hosts: ["right", "stranger"] },
    ],
  );
  const coordinator = await Coordinator.start(lab.host("server"));
  const [left, right, stranger] = [
    new Node(lab.host("left")),
    new Node(lab.host("right")),
    new Node(lab.host("stranger")),
  ];
  for (const node of [left, right, stranger]) await node.join(coordinator.joinKey);
  const { v4 } = await left.ips();
  await right.done("ping", "left", "--until-direct", "--timeout", "10s");
  await left.waitForPath("right", "direct", 5000);
  await pingOnce(right.host, v4);
  const before = (await right.peer("left"))?.path;

  const capture = await Capture.start(left.host, "eth0");
  const quietFrom = Date.now();
  await sleep(QUIET_MS);
  const echoes = (await capture.stop()).filter((packet) => {
    return packet.firstByte === DISCO && packet.atMs > quietFrom + MEASURED_MS;
  });
  // Two paths, directly and by the relay, twice in that time: an echo of each side and its answer.
  assert.ok(echoes.length <= 2 * 3 * 4, `${echoes.length} packets`);

  const rttMs = await pingOnce(right.host, v4);
  assert.ok(rttMs < AT_ONCE_MS, `${rttMs} ms`);
  const after = (await right.peer("left"))?.path;
  assert.deepEqual([after?.kind, after?.address], ["direct", before?.address], "the mapping is still the same");
  const changedMs = Date.parse(after?.since ?? "") - Date.parse(before?.since ?? "");
  assert.ok(Math.abs(changedMs) < 1000, "the path was never left");

  // To this one nothing was said since it joined: its first packet comes by the relay session that left has kept.
  const firstMs = await pingOnce(stranger.host, v4);
  assert.ok(firstMs < FIRST_PING_MS, `${firstMs} ms`);
});

async function pingOnce(from: Host, to: string): Promise<number> {
  const output = await from.output(["ping", "-n", "-c", "1", "-W", "3", to]);
  return Number(/time=([\d.]+) ms/.exec(output)?.[1] ?? Infinity);
}
