// One TCP flow of iperf3 between two nodes that reach each other only through the coordinator's relay, over UDP and over TCP: on one
// segment where firewalls forbid all else, and behind symmetric NATs of lab-router, which the figure then includes.
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { setTimeout as sleep } from "node:timers/promises";
import { say } from "../scripts/console.ts";
import { Coordinator, Node, SiteLab, waitFor, type Host, type PlannedSite } from "../test/lab/index.ts";
import { measurePing, measureTcp, startIperfServer } from "./measure.ts";
import { medians, type Round } from "./rounds.ts";
import { renderTable, type Row } from "./table.ts";

const TRANSPORTS = ["udp", "tcp"] as const;
type Transport = (typeof TRANSPORTS)[number];

/** Until both ends have given up looking for a direct path for the time being. */
const SETTLE_MS = 2000;

const places: Readonly<Record<string, (transport: Transport) => Promise<SiteLab>>> = {
  "one segment": onOneSegment,
  "behind NATs": behindNats,
};

export async function benchRelayed(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: { rounds: { type: "string", default: "3" }, seconds: { type: "string", default: "3" } },
  });
  const [rounds, seconds] = [Number(values.rounds), Number(values.seconds)];
  const rows: Row[] = [];
  for (const [place, createLab] of Object.entries(places)) {
    for (const transport of TRANSPORTS) {
      const lab = await createLab(transport);
      try {
        rows.push({
          name: `${place}, ${transport.toUpperCase()}`,
          values: await measure(lab, transport, rounds, seconds),
        });
      } finally {
        lab.destroy();
      }
    }
  }
  say(renderTable(rows, undefined));
  say(`Medians of ${rounds} flows of ${seconds} s. CPU: of both ends' daemons, for 10^9 bytes. All of it shares`);
  say(`${cpus().length} × ${cpus()[0]?.model ?? "?"}; MTU 1500; no delay or rate limit on the way.`);
  return 0;
}

async function measure(lab: SiteLab, transport: Transport, rounds: number, seconds: number): Promise<Round> {
  const coordinator = await Coordinator.start(lab.host("server"));
  const [left, right] = [new Node(lab.host("left")), new Node(lab.host("right"))];
  await left.join(coordinator.joinKey);
  await right.join(coordinator.joinKey);
  const { v4: address } = await right.ips();
  await waitFor("a path", 15_000, async () => (await left.host.run(["ping", "-c1", "-W1", address])).code === 0);
  await sleep(SETTLE_MS);
  const link = { left: left.host, right: right.host, seconds };
  const tunnel = { address, pids: [left.process.pid, right.process.pid] };
  const server = await startIperfServer(link, tunnel);
  const results: Round[] = [];
  for (let round = 0; round < rounds; round++) {
    const { mbitPerSecond, cpuSecondsPerGigabyte } = await measureTcp(link, tunnel);
    const path = (await left.status()).peers[0]?.path.kind;
    if (path !== `relay-${transport}`) throw new Error(`the flow's path was ${path ?? "none"}`);
    const { p50Ms, p99Ms } = await measurePing({ ...link, seconds: 1 }, tunnel, "idle");
    results.push({
      "Mbit/s": mbitPerSecond,
      "CPU s/GB": cpuSecondsPerGigabyte,
      "idle ping p50 ms": p50Ms,
      "p99 ms": p99Ms,
    });
  }
  await server.stop();
  return medians(results);
}

async function onOneSegment(transport: Transport): Promise<SiteLab> {
  const lab = await SiteLab.create(["server", "left", "right"], []);
  const server = lab.host("server").ipv4;
  for (const host of [lab.host("left"), lab.host("right")]) {
    await forbid(host, ["meta", "nfproto", "ipv6"]);
    await forbid(host, ["ip", "daddr", "!=", server]);
    if (transport === "tcp") await forbid(host, ["meta", "l4proto", "udp"]);
  }
  return lab;
}

/** Drops what leaves by the host's cable and matches. */
async function forbid(host: Host, match: readonly string[]): Promise<void> {
  await host.output(["nft", "add", "table", "inet", "bench"]);
  await host.output(["nft", "add", "chain", "inet", "bench", "leaving", "{ type filter hook output priority 0 ; }"]);
  await host.output(["nft", "add", "rule", "inet", "bench", "leaving", "oifname", "eth0", ...match, "drop"]);
}

async function behindNats(transport: Transport): Promise<SiteLab> {
  const nat = {
    mapping: "address-and-port-dependent",
    filtering: "address-and-port-dependent",
    ...(transport === "tcp" && { "block-udp": true as const }),
  };
  const site = (name: string, host: string): PlannedSite => ({
    name,
    type: { routers: [{ kind: "nat", options: nat }], difficulty: transport === "tcp" ? "udp-blocked" : "random" },
    hosts: [host],
  });
  return SiteLab.create(["server"], [site("a", "left"), site("b", "right")]);
}
