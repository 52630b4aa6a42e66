// A disk that takes nothing: whoever is to make room may have to come through the mesh.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { Coordinator, fillDisk, labTest, makeReadOnly, Node, waitFor } from "../lab/index.ts";
import { ping } from "./mesh.ts";

const DISK_MB = 2;

labTest(
  "a node starts on a full disk, refuses what it cannot keep, and keeps it once there is room",
  { publicHosts: ["server", "left", "right"] },
  async (lab) => {
    const coordinator = await Coordinator.start(lab.host("server"));
    const [left, right] = [new Node(lab.host("left")), new Node(lab.host("right"))];
    left.host.mountDisk(left.stateDir, DISK_MB);
    for (const node of [left, right]) await node.join(coordinator.joinKey);
    const { v4 } = await left.ips();

    const makeRoom = fillDisk(left.stateDir);
    await left.kill();
    await left.start();
    await waitFor("a reply", 3000, async () => (await ping(right.host, v4, 1)).received === 1);
    const refused = await left.cli(["up", "--shields-up"]);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /^meshd: [^\n]*(?:no space|disk is full)[^\n]*\n$/);
    assert.equal((await ping(right.host, v4, 3)).received, 3);

    makeRoom();
    await left.done("up", "--shields-up");
    await left.kill();
    await left.start();
    await waitFor("a reply", 3000, async () => (await ping(left.host, (await right.ips()).v4, 1)).received === 1);
    assert.equal((await ping(right.host, v4, 1)).received, 0, "shields are up");
  },
);

labTest(
  "a node starts and ends in order while its state directory is read-only",
  { publicHosts: ["server", "left", "right"] },
  async (lab) => {
    const coordinator = await Coordinator.start(lab.host("server"));
    const [left, right] = [new Node(lab.host("left")), new Node(lab.host("right"))];
    left.host.mountDisk(left.stateDir, DISK_MB);
    const resolver = readFileSync(left.host.resolverFile, "utf8");
    for (const node of [left, right]) await node.join(coordinator.joinKey);
    const { v4 } = await left.ips();

    await left.kill();
    const makeWritable = makeReadOnly(left.stateDir);
    await left.start();
    await waitFor("a reply", 3000, async () => (await ping(right.host, v4, 1)).received === 1);
    await waitFor("names", 3000, async () => readFileSync(left.host.resolverFile, "utf8") !== resolver);
    assert.equal((await left.stop()).code, 0);
    assert.equal(readFileSync(left.host.resolverFile, "utf8"), resolver);

    makeWritable();
    await left.start();
    await waitFor("a reply", 3000, async () => (await ping(right.host, v4, 1)).received === 1);
  },
);
