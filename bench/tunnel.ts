// meshd, wireguard-go and the bare link on one veth pair: rounds interleaved, medians and ratios in one table.
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { paint, say } from "../scripts/console.ts";
import { saveJson } from "../scripts/json-file.ts";
import { Lab } from "../test/lab/index.ts";
import { bare } from "./contenders/bare.ts";
import type { Contender, Tunnel } from "./contenders/contender.ts";
import { meshd } from "./contenders/meshd.ts";
import { wireguardGo } from "./contenders/wireguard-go.ts";
import { measurePing, measureTcp, measureUdp, startIperfServer, type Link } from "./measure.ts";
import { medians, ratioRow, type Round } from "./rounds.ts";
import { renderTable, type Row } from "./table.ts";

const contenders: readonly Contender[] = [bare, wireguardGo, meshd];

interface Runner {
  readonly name: string;
  readonly tunnel: Tunnel;
  readonly rounds: Round[];
}

export async function benchTunnel(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: "string", default: "3" },
      seconds: { type: "string", default: "5" },
      only: { type: "string" },
      json: { type: "string" },
    },
  });
  const only = values.only?.split(",");
  const chosen = contenders.filter(({ name }) => only?.some((word) => name.includes(word)) ?? true);
  using cleanUp = new DisposableStack();
  using lab = await Lab.create({ cable: ["left", "right"] });
  const link: Link = { left: lab.host("left"), right: lab.host("right"), seconds: Number(values.seconds) };
  const runners: Runner[] = [];
  for (const { name, start } of chosen) {
    const tunnel = await start(link.left, link.right);
    if (tunnel === undefined) continue;
    if (tunnel.stop !== undefined) cleanUp.defer(tunnel.stop);
    await startIperfServer(link, tunnel);
    runners.push({ name, tunnel, rounds: [] });
  }
  const rounds = Number(values.rounds);
  for (let round = 1; round <= rounds; round++) {
    for (const runner of runners) {
      const result = await measureRound(link, runner.tunnel);
      runner.rounds.push(result);
      say(paint("dim", `  round ${round}/${rounds}  ${runner.name.padEnd(14)}${summary(result)}`));
    }
  }
  report(runners, values.json, { rounds, seconds: link.seconds });
  return 0;
}

async function measureRound(link: Link, tunnel: Tunnel): Promise<Round> {
  const one = await measureTcp(link, tunnel);
  const four = await measureTcp(link, tunnel, ["-P", "4"]);
  const reverse = await measureTcp(link, tunnel, ["-R"]);
  const udp = await measureUdp(link, tunnel);
  const idle = await measurePing(link, tunnel, "idle");
  const loaded = await measurePing(link, tunnel, "tcp");
  return {
    "TCP 1": one.mbitPerSecond,
    "TCP 4": four.mbitPerSecond,
    reverse: reverse.mbitPerSecond,
    "UDP 1200": udp,
    "CPU s/GB": one.cpuSecondsPerGigabyte,
    "idle p50": idle.p50Ms,
    "idle p99": idle.p99Ms,
    "load p50": loaded.p50Ms,
    "load p99": loaded.p99Ms,
    "RSS MB": one.residentMegabytes,
  };
}

function summary(round: Round): string {
  const show = (name: string) => `${name} ${round[name]?.toFixed(0) ?? "-"}`;
  return ["TCP 1", "TCP 4", "reverse", "UDP 1200"].map(show).join("  ");
}

function report(
  runners: readonly Runner[],
  jsonFile: string | undefined,
  run: { readonly rounds: number; readonly seconds: number },
): void {
  const rows: Row[] = runners.map((runner) => ({ name: runner.name, values: medians(runner.rounds) }));
  const ours = rows.find((row) => row.name === meshd.name);
  const theirs = rows.find((row) => row.name === wireguardGo.name);
  const ratio = ratioRow(ours, theirs);
  const machine = `${cpus().length} × ${cpus()[0]?.model ?? "?"}`;
  say();
  say(renderTable(rows, ratio));
  say();
  say(
    "Medians. TCP and UDP in Mbit/s (UDP: 1200-byte payloads that arrived), ping in ms, CPU of both ends' processes.",
  );
  say(`${run.rounds} rounds, interleaved, ${run.seconds} s each; one veth pair, MTU 1500; ${machine}`);
  if (jsonFile === undefined) return;
  const details = runners.map(({ name, rounds }) => ({ name, rounds }));
  saveJson(jsonFile, { machine, ...run, medians: rows, ratio, details });
  say(`Written to ${jsonFile}`);
}
