// A network that invents, changes, cuts, reflects and repeats packets, and neighbours who pose as peers.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  Coordinator,
  labTest,
  makeSampleFile,
  Node,
  serveFile,
  SiteLab,
  siteType,
  usageOf,
  waitFor,
} from "../lab/index.ts";
import { ping, startPair } from "./mesh.ts";

const TAMPERED_PERCENT = 30;
const FILE_MEGABYTES = 30;
const GROWTH_MB = 24;

test("altered, cut, reflected and replayed packets stop nothing, and take no memory", { timeout: 60_000 }, async () => {
  const type = siteType("port-restricted");
  using lab = await SiteLab.create(
    ["server"],
    [
      { name: "home", type, hosts: ["laptop"] },
      { name: "cafe", type, hosts: ["phone"] },
    ],
  );
  // From the first packet on: joining, finding each other and shaking hands are tampered with, too.
  for (const site of ["home", "cafe"]) await lab.setOption(site, "tamper", TAMPERED_PERCENT);
  const coordinator = await Coordinator.start(lab.host("server"));
  const [laptop, phone] = [new Node(lab.host("laptop")), new Node(lab.host("phone"))];
  for (const node of [laptop, phone]) await node.join(coordinator.joinKey);
  await phone.waitForPeers("laptop");
  const { v4 } = await laptop.ips();
  await ping(phone.host, v4, 2);
  await phone.waitForPath("laptop", "direct", 10_000);

  const daemons = [laptop, phone, coordinator].map(({ process }) => process.pid);
  const before = daemons.map((pid) => usageOf(pid).residentMb);
  const file = makeSampleFile(join(laptop.host.directory, "film.bin"), FILE_MEGABYTES);
  await serveFile(laptop.host, file, 8080);
  const [sum, pinged] = await Promise.all([
    phone.host.output(["sh", "-c", `curl --silent --fail http://${v4}:8080/film.bin | sha256sum`]),
    ping(phone.host, v4, 40, 0.05),
  ]);
  assert.equal(sum.split(" ")[0], file.sha256);
  assert.equal(pinged.received, pinged.sent);
  assert.equal((await phone.peer("laptop"))?.path.kind, "direct");
  for (const [index, pid] of daemons.entries()) {
    const growth = usageOf(pid).residentMb - (before[index] ?? 0);
    assert.ok(growth < GROWTH_MB, `daemon ${index} grew by ${growth.toFixed(0)} MB`);
  }
  for (const node of [laptop, phone]) assert.deepEqual((await node.status()).health, []);
});

labTest(
  "who claims an address of the mesh on another interface is not heard, and the rule goes with the daemon",
  { publicHosts: ["server", "left", "right", "intruder"], publicIpv6: true },
  async (lab) => {
    const [left, right] = await startPair(lab, "left", "right");
    const [claimed, target] = [await left.ips(), await right.ips()];
    const router = await right.host.output([
      "sh",
      "-c",
      "ip -6 -o address show dev eth0 scope global | awk '{print $4}'",
    ]);
    const intruder = lab.host("intruder");
    const posing = [
      `address add ${claimed.v4}/32 dev lo`,
      `address add ${claimed.v6}/128 dev lo`,
      `route add ${target.v4} via ${right.host.ipv4} src ${claimed.v4}`,
      `route add ${target.v6} via ${router.split("/")[0] ?? ""} src ${claimed.v6}`,
    ];
    for (const command of posing) await intruder.output(["ip", ...command.split(" ")]);
    const heard = async (): Promise<number> => {
      const before = echoesHeardBy(right);
      for (const address of [target.v4, target.v6]) {
        await intruder.run(["ping", "-n", "-c", "2", "-i", "0.1", "-W", "0.2", address]);
      }
      return echoesHeardBy(right) - before;
    };
    const rules = async (): Promise<readonly string[]> => {
      const tables = await right.host.output(["nft", "list", "tables"]);
      return tables.split("\n").filter((table) => table.includes("meshd"));
    };

    assert.equal((await ping(left.host, target.v4, 1)).received, 1);
    assert.equal((await ping(left.host, target.v6, 1)).received, 1);
    assert.equal(await heard(), 0);
    await right.host.output(["nft", "delete", "table", "inet", "meshd-meshd0"]);
    assert.equal(await heard(), 4, "without the rule they would be heard");

    await right.stop();
    await right.start();
    await waitFor("the rule", 5000, async () => (await rules()).length === 1);
    assert.equal(await heard(), 0);
    await right.stop();
    assert.deepEqual(await rules(), []);
    await right.start();
    await waitFor("the rule", 5000, async () => (await rules()).length === 1);
    await right.kill();
    await right.done("daemon", "--cleanup");
    assert.deepEqual(await rules(), []);
  },
);

/** Of both families, since its machine began. */
function echoesHeardBy({ process: { pid } }: Node): number {
  const [names = "", values = ""] = readFileSync(`/proc/${pid}/net/snmp`, "utf8")
    .split("\n")
    .filter((line) => line.startsWith("Icmp:"));
  const v4 = values.split(" ")[names.split(" ").indexOf("InEchos")];
  const v6 = /^Icmp6InEchos\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/net/snmp6`, "utf8"))?.[1];
  return Number(v4) + Number(v6);
}
