// A node whose interface is down for a moment. Moves and reboots are in recovery.test.ts.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { labTest, type Lab, silenceDuring, type Topology } from "../lab/index.ts";
import { startPair } from "./mesh.ts";

const twoSites: Topology = {
  publicHosts: ["server"],
  sites: {
    home: { kind: "port-restricted", hosts: ["laptop"] },
    cafe: { kind: "port-restricted", hosts: ["phone"] },
  },
};
const BACK_MS = 2000;
const DIRECT_WITHIN_MS = 5000;
const UNPLUGGED_MS = 500;

async function unplugForAMoment(lab: Lab): Promise<void> {
  const phone = lab.host("phone");
  await phone.output(["ip", "link", "set", "eth0", "down"]);
  await sleep(UNPLUGGED_MS);
  await phone.output(["sh", "-ec", "ip link set eth0 up; ip route replace default via 192.168.11.1"]);
}

labTest("a node that is unplugged for a moment is back within two seconds, and direct again", twoSites, async (lab) => {
  const [laptop, phone] = await startPair(lab, "laptop", "phone");
  const { v4 } = await laptop.ips();
  await phone.host.run(["ping", "-n", "-c", "1", "-W", "2", v4]);
  await phone.waitForPath("laptop", "direct", DIRECT_WITHIN_MS);
  const { ms } = await silenceDuring(phone.host, v4, async () => {
    await unplugForAMoment(lab);
    await sleep(2 * BACK_MS);
  });
  assert.ok(ms - UNPLUGGED_MS < BACK_MS, `no reply for ${ms.toFixed(0)} ms`);
  await phone.waitForPath("laptop", "direct", DIRECT_WITHIN_MS);
  await laptop.waitForPath("phone", "direct", DIRECT_WITHIN_MS);
});
