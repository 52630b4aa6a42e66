// A node whose network changes under it: taken to another site, behind a router that starts anew with another public address, its
// interface down for a moment. Connections through the mesh go on.
import assert from "node:assert/strict";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  labTest,
  type Host,
  type Lab,
  makeSampleFile,
  type Node,
  startSshServer,
  type Topology,
} from "../lab/index.ts";
import { startPair } from "./mesh.ts";

const threeSites: Topology = {
  publicHosts: ["server"],
  sites: {
    home: { kind: "port-restricted", hosts: ["laptop"] },
    cafe: { kind: "port-restricted", hosts: ["phone"] },
    hotel: { kind: "port-restricted", hosts: ["desk"] },
  },
};
const BACK_MS = 2000;
const PING_INTERVAL_MS = 20;
const DIRECT_WITHIN_MS = 5000;
const UNPLUGGED_MS = 500;

/** The phone's cable is plugged in at the hotel, where it gets another address. */
async function moveToHotel(lab: Lab): Promise<void> {
  const hotel = lab.host("hotel-router");
  await shell(lab.host("cafe-router"), `ip link set lan0 netns ${hotel.namespace} name lan9`);
  await shell(hotel, "ip link set lan9 master lan up");
  await shell(
    lab.host("phone"),
    "ip address flush dev eth0; ip address add 192.168.12.50/24 dev eth0; ip route replace default via 192.168.12.1",
  );
}

/** The translations of before go with the address. */
async function rebootRouter(lab: Lab): Promise<void> {
  await shell(
    lab.host("cafe-router"),
    "ip address flush dev wan; ip address add 198.51.100.77/24 dev wan; ip route replace default via 198.51.100.1",
  );
}

async function unplugForAMoment(lab: Lab): Promise<void> {
  const phone = lab.host("phone");
  await shell(phone, "ip link set eth0 down");
  await sleep(UNPLUGGED_MS);
  await shell(phone, "ip link set eth0 up; ip route replace default via 192.168.11.1");
}

async function shell(host: Host, commands: string): Promise<void> {
  await host.output(["sh", "-ec", commands]);
}

/** The longest time without a reply, in which `change` happens to the phone. */
async function longestSilence(phone: Node, target: string, change: () => Promise<void>): Promise<number> {
  const pinging = phone.host.spawn(["ping", "-n", "-D", "-i", `${PING_INTERVAL_MS / 1000}`, target]);
  await pinging.waitForLine(/icmp_seq=/);
  await sleep(500);
  await change();
  await sleep(2 * BACK_MS + 1000);
  const { stdout } = await pinging.stop();
  const replies = [...stdout.matchAll(/^\[([\d.]+)\] .*icmp_seq=\d+ ttl/gm)].map(([, at]) => Number(at) * 1000);
  // Silence that goes on to the end counts too.
  const times = [...replies, Date.now()];
  return Math.max(...times.slice(1).map((at, index) => at - (times[index] ?? 0)));
}

for (const [what, change, unreachableMs] of [
  ["is taken to another site", moveToHotel, 0],
  ["has its router started anew with another public address", rebootRouter, 0],
  ["is unplugged for a moment", unplugForAMoment, UNPLUGGED_MS],
] as const) {
  labTest(`a node that ${what} is back within two seconds, and direct again`, threeSites, async (lab) => {
    const [laptop, phone] = await startPair(lab, "laptop", "phone");
    const { v4 } = await laptop.ips();
    await phone.host.run(["ping", "-n", "-c", "1", "-W", "2", v4]);
    await phone.waitForPath("laptop", "direct", DIRECT_WITHIN_MS);
    const silentMs = await longestSilence(phone, v4, () => change(lab));
    console.log(`# ${what}: no reply for ${silentMs.toFixed(0)} ms`);
    assert.ok(silentMs - unreachableMs < BACK_MS, `no reply for ${silentMs.toFixed(0)} ms`);
    await phone.waitForPath("laptop", "direct", DIRECT_WITHIN_MS);
    await laptop.waitForPath("phone", "direct", DIRECT_WITHIN_MS);
  });
}

labTest("an scp goes on while its sender is taken to another site", threeSites, async (lab) => {
  const [laptop, phone] = await startPair(lab, "laptop", "phone");
  const { v4 } = await laptop.ips();
  const ssh = await startSshServer(laptop.host);
  const file = makeSampleFile(join(phone.host.directory, "album.bin"), 100);
  const copy = join(laptop.host.directory, "album.bin");
  // 100 MB in about six seconds.
  const copying = phone.host.run(["scp", "-q", "-l", "130000", ...ssh.options, file.path, `root@${v4}:${copy}`]);
  await sleep(1500);
  await moveToHotel(lab);
  const { code, stderr } = await copying;
  assert.equal(code, 0, stderr);
  assert.equal((await laptop.host.output(["sha256sum", copy])).split(" ")[0], file.sha256);
});
