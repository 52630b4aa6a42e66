// A direct path that dies and comes back under traffic, and what goes over the relay meanwhile.
import assert from "node:assert/strict";
import { join } from "node:path";
import { labTest, makeSampleFile, serveFile, waitFor, type Lab } from "../lab/index.ts";
import { sites, startPair } from "./mesh.ts";

const twoHomes = sites("home", "cafe");
/** The two routers share a segment: what passes between them is cut on its bridge. */
const cut = `table bridge cut {
  chain forward {
    type filter hook forward priority filter;
    ip saddr 198.51.100.10 ip daddr 198.51.100.11 drop
    ip saddr 198.51.100.11 ip daddr 198.51.100.10 drop
  }
}`;
const BACK_ON_RELAY_MS = 3000;
const DIRECT_AGAIN_MS = 60_000;
const PING_INTERVAL_MS = 50;

async function cutDirectPath(lab: Lab): Promise<void> {
  await lab.host("internet").output(["sh", "-c", `echo '${cut}' | nft -f -`]);
}

async function mendDirectPath(lab: Lab): Promise<void> {
  await lab.host("internet").output(["nft", "delete", "table", "bridge", "cut"]);
}

labTest(
  "a dead direct path: traffic goes on over the relay at once, and is direct again when it can be",
  twoHomes,
  async (lab) => {
    const [laptop, phone] = await startPair(lab, "laptop", "phone");
    const { v4 } = await laptop.ips();
    const pinging = phone.host.spawn(["ping", "-n", "-i", `${PING_INTERVAL_MS / 1000}`, v4]);
    await phone.waitForPath("laptop", "direct", BACK_ON_RELAY_MS);

    await cutDirectPath(lab);
    await phone.waitForPath("laptop", "relay-udp", BACK_ON_RELAY_MS);
    await laptop.waitForPath("phone", "relay-udp", BACK_ON_RELAY_MS);
    // Replies come again, one after the other.
    const before = pinging.output.split("\n").length;
    await waitFor("twenty replies over the relay", BACK_ON_RELAY_MS, async () => {
      return pinging.output.split("\n").length > before + 20;
    });

    await mendDirectPath(lab);
    await phone.waitForPath("laptop", "direct", DIRECT_AGAIN_MS);
    const { stdout } = await pinging.stop();
    const seen = [...stdout.matchAll(/icmp_seq=(\d+) ttl/g)].map(([, sequence]) => Number(sequence));
    const gaps = seen.slice(1).map((sequence, index) => (sequence - (seen[index] ?? 0) - 1) * PING_INTERVAL_MS);
    assert.ok(Math.max(...gaps) < BACK_ON_RELAY_MS, `no reply for ${Math.max(...gaps)} ms`);
    assert.equal(
      gaps.filter((gap) => gap > 0).length,
      1,
      `more than one gap: ${gaps.filter((gap) => gap > 0).join(", ")} ms`,
    );
  },
);

labTest(
  "a download from the first packet on survives relay, direct, relay and arrives unharmed",
  twoHomes,
  async (lab) => {
    const [laptop, phone] = await startPair(lab, "laptop", "phone");
    const { v4 } = await laptop.ips();
    const file = makeSampleFile(join(laptop.host.directory, "film.bin"), 400);
    await serveFile(laptop.host, file, 8080);
    // Slow enough to see every change of path.
    const command = `curl --silent --show-error --fail --limit-rate 60M http://${v4}:8080/film.bin | sha256sum`;
    const download = phone.host.spawn(["sh", "-c", command]);
    await phone.waitForPath("laptop", "direct", BACK_ON_RELAY_MS);
    await cutDirectPath(lab);
    await phone.waitForPath("laptop", "relay-udp", BACK_ON_RELAY_MS);
    await mendDirectPath(lab);
    const { stdout } = await download.exited;
    assert.equal(stdout.split(" ")[0], file.sha256);
  },
);

labTest("over the relay alone a file arrives unharmed, and fast", sites("hotel", "airport"), async (lab) => {
  const [tablet, watch] = await startPair(lab, "tablet", "watch");
  const { v6 } = await tablet.ips();
  const file = makeSampleFile(join(tablet.host.directory, "album.bin"), 200);
  await serveFile(tablet.host, file, 8080);
  const started = performance.now();
  const command = `curl --silent --show-error --fail --globoff http://[${v6}]:8080/ | sha256sum`;
  const sum = await watch.host.output(["sh", "-c", command]);
  const mbit = (file.bytes * 8) / (performance.now() - started) / 1000;
  assert.equal(sum.split(" ")[0], file.sha256);
  assert.equal((await watch.peer("tablet"))?.path.kind, "relay-udp");
  assert.ok(mbit > 200, `${mbit.toFixed(0)} Mbit/s`);
});
