// Daemons that stop, crash and come back: the same identity, soon, with or without the coordinator.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { labTest, waitFor, type Node, type Topology } from "../lab/index.ts";
import { nodeOf, ping, startMesh, startPair } from "./mesh.ts";

const TRAFFIC_AGAIN_MS = 3000;

const twoHomes: Topology = {
  publicHosts: ["server"],
  sites: {
    home: { kind: "port-restricted", hosts: ["laptop"] },
    cafe: { kind: "port-restricted", hosts: ["phone"] },
  },
};

/** Pings until a reply comes; the milliseconds it took. */
async function untilReply(from: Node, address: string, timeoutMs: number): Promise<number> {
  return waitFor(`reply from ${address}`, timeoutMs, async () => {
    const result = await from.host.run(["ping", "-n", "-c", "1", "-W", "0.2", address]);
    return result.code === 0;
  });
}

async function identity(node: Node) {
  const { self } = await node.status();
  return { key: self?.key, ips: self?.ips, port: self?.endpoints[0]?.split(":").at(-1) };
}

labTest(
  "a restarted daemon has the same key, addresses and port, and traffic again within 3 s",
  twoHomes,
  async (lab) => {
    const [laptop, phone] = await startPair(lab, "laptop", "phone");
    const { v4 } = await laptop.ips();
    await untilReply(phone, v4, TRAFFIC_AGAIN_MS);
    await phone.waitForPath("laptop", "direct", TRAFFIC_AGAIN_MS);
    const before = await identity(laptop);
    for (const end of ["stop", "kill"] as const) {
      await laptop[end]();
      const started = performance.now();
      await laptop.start();
      await untilReply(phone, v4, TRAFFIC_AGAIN_MS);
      assert.ok(performance.now() - started < TRAFFIC_AGAIN_MS, `after ${end}: ${performance.now() - started} ms`);
      assert.deepEqual(await identity(laptop), before, `after ${end}`);
      await untilReply(laptop, (await phone.ips()).v4, TRAFFIC_AGAIN_MS);
    }
  },
);

labTest(
  "while the coordinator is away traffic goes on, and a node that restarts reaches a public peer",
  { publicHosts: ["server", "vps"], sites: { home: { kind: "port-restricted", hosts: ["laptop"] } } },
  async (lab) => {
    const { coordinator, nodes } = await startMesh(lab, ["vps", "laptop"]);
    const [vps, laptop] = [nodeOf(nodes, "vps"), nodeOf(nodes, "laptop")];
    const { v4 } = await vps.ips();
    await untilReply(laptop, v4, TRAFFIC_AGAIN_MS);
    // Each side finds its own way out: what still travels by the relay dies with it.
    await laptop.waitForPath("vps", "direct", TRAFFIC_AGAIN_MS);
    await vps.waitForPath("laptop", "direct", TRAFFIC_AGAIN_MS);
    const addresses = await laptop.ips();
    await coordinator.kill();
    assert.equal((await ping(laptop.host, v4, 10)).received, 10);

    await laptop.stop();
    await laptop.start();
    await untilReply(laptop, v4, 2 * TRAFFIC_AGAIN_MS);
    assert.deepEqual(await laptop.ips(), addresses);
    assert.equal((await laptop.status()).coordinator?.connected, false);

    await coordinator.start();
    await waitFor("the coordinator again", 15_000, async () => (await laptop.status()).coordinator?.connected === true);
    await waitFor("vps online", 15_000, async () => (await laptop.peer("vps"))?.online === true);
    assert.equal((await ping(laptop.host, v4, 3)).received, 3);
  },
);

labTest("both nodes behind NATs restart at once: found again within 3 s", twoHomes, async (lab) => {
  const [laptop, phone] = await startPair(lab, "laptop", "phone");
  const { v4 } = await laptop.ips();
  await untilReply(phone, v4, TRAFFIC_AGAIN_MS);
  await Promise.all([laptop.kill(), phone.kill()]);
  await Promise.all([laptop.start(), phone.start()]);
  await untilReply(phone, v4, TRAFFIC_AGAIN_MS);
});

labTest("resolv.conf is as before after stop, down and kill -9", twoHomes, async (lab) => {
  const [laptop] = await startPair(lab, "laptop", "phone");
  const current = () => readFileSync(laptop.host.resolverFile, "utf8");
  const original = "nameserver 203.0.113.1\n";
  const isOriginal = async () => current() === original;
  assert.notEqual(current(), original);

  await laptop.done("down");
  await waitFor("the original file after down", 2000, isOriginal);
  await laptop.done("up");
  await waitFor("our file after up", 2000, async () => !(await isOriginal()));
  await laptop.stop();
  assert.equal(current(), original, "after stop");
  await laptop.start();
  await waitFor("our file after start", 3000, async () => !(await isOriginal()));
  await laptop.kill();
  await waitFor("the original file after kill -9", 3000, isOriginal);
});
