// Who may be in the mesh, and who may reach a node: removal, shields-up, a node beside the coordinator.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { labTest, serveFile } from "../lab/index.ts";
import { ping, sites, startPair } from "./mesh.ts";

const twoHomes = sites("home", "cafe");
const CUT_WITHIN_MS = 1000;

labTest(
  "a removed node loses its live connections within 1 s and cannot come back with its old identity",
  twoHomes,
  async (lab) => {
    const [laptop, phone, coordinator] = await startPair(lab, "laptop", "phone");
    const { v4 } = await phone.ips();
    await ping(laptop.host, v4, 2);
    await laptop.waitForPath("phone", "direct", 3000);
    const pinging = laptop.host.spawn(["ping", "-n", "-D", "-i", "0.02", v4]);
    await pinging.waitForLine(/bytes from/);
    await coordinator.done("admin", "node", "remove", "phone");
    const removedAt = Date.now();
    // The first ping that is not answered comes right after the cut; two seconds show that it stays so.
    await new Promise((resolve) => setTimeout(resolve, 2 * CUT_WITHIN_MS));
    const { stdout } = await pinging.stop();
    const replies = [...stdout.matchAll(/^\[([\d.]+)\] .*bytes from/gm)].map(([, time]) => Number(time) * 1000);
    const last = Math.max(...replies);
    assert.ok(last - removedAt < CUT_WITHIN_MS, `still answered ${(last - removedAt).toFixed(0)} ms after the removal`);
    assert.equal(await laptop.peer("phone"), undefined);
    const again = await phone.cli(["up", "--timeout", "3s"]);
    assert.equal(again.code, 2, "its identity is of no use any more");
    assert.match(again.stderr, /--authkey/);
  },
);

labTest("shields-up: nothing inbound, everything outbound", twoHomes, async (lab) => {
  const [laptop, phone] = await startPair(lab, "laptop", "phone");
  const file = join(lab.directory, "page");
  writeFileSync(file, "hello\n");
  await serveFile(laptop.host, { path: file, bytes: 6, sha256: "" }, 8080);
  await serveFile(phone.host, { path: file, bytes: 6, sha256: "" }, 8080);
  const get = (address: string) => ["curl", "--silent", "--max-time", "2", `http://${address}:8080/`];
  const addresses = { laptop: (await laptop.ips()).v4, phone: (await phone.ips()).v4 };
  assert.equal((await phone.host.run(get(addresses.laptop))).stdout, "hello\n");

  await laptop.done("up", "--shields-up");
  assert.notEqual((await phone.host.run(get(addresses.laptop))).code, 0);
  assert.equal((await ping(phone.host, addresses.laptop, 2)).received, 0);
  assert.equal((await laptop.host.run(get(addresses.phone))).stdout, "hello\n");
  assert.equal((await ping(laptop.host, addresses.phone, 2)).received, 2);

  await laptop.done("up", "--shields-up=false");
  assert.equal((await phone.host.run(get(addresses.laptop))).stdout, "hello\n");
});

labTest("a node beside the coordinator on one host is a node like any other", sites("home"), async (lab) => {
  const [server, laptop] = await startPair(lab, "server", "laptop");
  assert.equal((await ping(laptop.host, (await server.ips()).v4, 5)).received, 5);
  assert.equal((await ping(server.host, (await laptop.ips()).v6, 5)).received, 5);
  await laptop.waitForPath("server", "direct", 3000);
});
