// What people do with a mesh: big files, SSH, streams in both directions, IPv4 and IPv6, several machines at once.
import assert from "node:assert/strict";
import { join } from "node:path";
import { labTest, makeSampleFile, serveFile, startSshServer, type Host, type Topology } from "../lab/index.ts";
import { nodeOf, ping, startMesh, startPair } from "./mesh.ts";

const twoHomes: Topology = {
  publicHosts: ["server"],
  sites: {
    home: { kind: "port-restricted", hosts: ["laptop"] },
    cafe: { kind: "port-restricted", hosts: ["phone"] },
  },
};
const FILE_MEGABYTES = 1024;
/** Far below what the tunnel does, far above what a stalling one would. */
const MINIMUM_MBIT_PER_SECOND = 200;

labTest(
  "a file of 1 GB arrives unharmed over IPv4 and IPv6, SSH and scp work",
  twoHomes,
  async (lab) => {
    const [laptop, phone] = await startPair(lab, "laptop", "phone");
    const { v4, v6 } = await laptop.ips();
    const file = makeSampleFile(join(laptop.host.directory, "film.bin"), FILE_MEGABYTES);
    await serveFile(laptop.host, file, 8080);
    for (const address of [v4, `[${v6}]`]) {
      const command = `curl --silent --show-error --fail --globoff http://${address}:8080/film.bin | sha256sum`;
      const sum = await phone.host.output(["sh", "-c", command]);
      assert.equal(sum.split(" ")[0], file.sha256, `over ${address}`);
    }

    const ssh = await startSshServer(laptop.host);
    const greeting = await phone.host.output(["ssh", ...ssh.options, `root@${v4}`, "echo $SSH_CONNECTION"]);
    const { v4: phoneAddress } = await phone.ips();
    assert.ok(greeting.startsWith(`${phoneAddress} `), greeting);
    assert.ok(greeting.includes(` ${v4} 22`), greeting);

    const small = makeSampleFile(join(phone.host.directory, "album.bin"), 100);
    const copy = join(laptop.host.directory, "album.bin");
    await phone.host.output(["scp", "-q", ...ssh.options, small.path, `root@${v4}:${copy}`]);
    const sum = await laptop.host.output(["sha256sum", copy]);
    assert.equal(sum.split(" ")[0], small.sha256);
  },
  180_000,
);

labTest("iperf3: TCP in both directions and UDP, IPv4 and IPv6", twoHomes, async (lab) => {
  const [laptop, phone] = await startPair(lab, "laptop", "phone");
  const { v4, v6 } = await laptop.ips();
  const server = laptop.host.spawn(["iperf3", "-s", "--forceflush"]);
  await server.waitForLine(/Server listening/);
  await ping(phone.host, v4, 1);
  await phone.waitForPath("laptop", "direct", 3000);
  for (const address of [v4, v6]) {
    for (const flags of [[], ["-R"], ["-P", "4"]]) {
      const mbit = await tcpRate(phone.host, address, flags);
      assert.ok(mbit > MINIMUM_MBIT_PER_SECOND, `${address} ${flags.join(" ")}: ${mbit.toFixed(0)} Mbit/s`);
    }
  }
  const report = await iperf(phone.host, v4, ["-u", "-b", "50M", "-l", "1200"]);
  assert.ok((report.end.sum?.lost_percent ?? 100) < 1, JSON.stringify(report.end.sum));
});

labTest(
  "three nodes: each reaches each, by IPv4 and IPv6, at once",
  {
    publicHosts: ["server", "vps"],
    sites: { home: { kind: "port-restricted", hosts: ["laptop"] }, hotel: { kind: "symmetric", hosts: ["tablet"] } },
  },
  async (lab) => {
    const { nodes } = await startMesh(lab, ["vps", "laptop", "tablet"]);
    const names = [...nodes.keys()];
    const pairs = names.flatMap((from) => names.filter((to) => to !== from).map((to) => [from, to] as const));
    const results = await Promise.all(
      pairs.map(async ([from, to]) => {
        const { v4, v6 } = await nodeOf(nodes, to).ips();
        const { host } = nodeOf(nodes, from);
        const replies = await Promise.all([ping(host, v4, 5), ping(host, v6, 5)]);
        return [`${from} to ${to}`, ...replies.map((reply) => reply.received)];
      }),
    );
    assert.deepEqual(
      results,
      pairs.map(([from, to]) => [`${from} to ${to}`, 5, 5]),
    );
  },
);

interface IperfReport {
  readonly error?: string;
  readonly end: {
    readonly sum_received?: { readonly bits_per_second: number };
    readonly sum?: { readonly lost_percent: number };
  };
}

async function iperf(host: Host, address: string, flags: readonly string[]): Promise<IperfReport> {
  const result = await host.run(["iperf3", "-c", address, "-t", "2", "-J", ...flags], { timeoutMs: 20_000 });
  const report = JSON.parse(result.stdout) as IperfReport;
  assert.equal(report.error, undefined);
  return report;
}

async function tcpRate(host: Host, address: string, flags: readonly string[]): Promise<number> {
  return ((await iperf(host, address, flags)).end.sum_received?.bits_per_second ?? 0) / 1e6;
}
