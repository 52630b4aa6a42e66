// The measurements of one tunnel. Each takes a few seconds and returns plain numbers.
import type { Host, LabProcess } from "../test/lab/index.ts";
import type { Tunnel } from "./contenders/contender.ts";
import { cpuSeconds, residentMegabytes } from "./processes.ts";

export interface Link {
  readonly left: Host;
  readonly right: Host;
  readonly seconds: number;
}

export interface TcpResult {
  readonly mbitPerSecond: number;
  /** Of both ends' tunnel processes, for 10^9 bytes; undefined without processes. */
  readonly cpuSecondsPerGigabyte: number | undefined;
  /** The larger end's resident memory at the end of the flow. */
  readonly residentMegabytes: number | undefined;
}

export interface PingResult {
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const UDP_PAYLOAD_BYTES = 1200;

interface IperfReport {
  readonly error?: string;
  readonly end: {
    readonly sum_received?: { readonly bits_per_second: number; readonly bytes: number };
    readonly sum?: { readonly packets: number; readonly lost_packets: number; readonly seconds: number };
  };
}

async function iperf(link: Link, tunnel: Tunnel, flags: readonly string[]): Promise<IperfReport> {
  const time = ["-t", String(link.seconds)];
  const result = await link.left.run(["iperf3", "-c", tunnel.address, "-J", ...time, ...flags]);
  const report = JSON.parse(result.stdout) as IperfReport;
  if (report.error !== undefined) throw new Error(`iperf3: ${report.error}`);
  return report;
}

export async function startIperfServer(link: Link, tunnel: Tunnel): Promise<LabProcess> {
  const server = link.right.spawn(["iperf3", "-s", "--forceflush", "-B", tunnel.address]);
  await server.waitForLine(/Server listening/);
  return server;
}

export async function measureTcp(link: Link, tunnel: Tunnel, flags: readonly string[] = []): Promise<TcpResult> {
  const cpuBefore = cpuSeconds(tunnel.pids);
  const { sum_received: received } = (await iperf(link, tunnel, flags)).end;
  if (received === undefined) throw new Error("iperf3 reported nothing received");
  const cpu = cpuSeconds(tunnel.pids) - cpuBefore;
  const measured = tunnel.pids.length > 0;
  return {
    mbitPerSecond: received.bits_per_second / 1e6,
    cpuSecondsPerGigabyte: measured ? cpu / (received.bytes / 1e9) : undefined,
    residentMegabytes: measured ? Math.max(...tunnel.pids.map(residentMegabytes)) : undefined,
  };
}

/** Mbit/s that arrived. */
export async function measureUdp(link: Link, tunnel: Tunnel): Promise<number> {
  const { sum } = (await iperf(link, tunnel, ["-u", "-b", "0", "-l", String(UDP_PAYLOAD_BYTES)])).end;
  if (sum === undefined) throw new Error("iperf3 reported no packets");
  return ((sum.packets - sum.lost_packets) * UDP_PAYLOAD_BYTES * 8) / sum.seconds / 1e6;
}

/** Round trips of `ping` for as long as a flow takes. */
export async function measurePing(link: Link, tunnel: Tunnel, load: "idle" | "tcp"): Promise<PingResult> {
  const flow = load === "tcp" ? iperf(link, tunnel, []) : undefined;
  const output = await link.left.output(["ping", "-n", "-i", "0.01", "-w", String(link.seconds), tunnel.address]);
  await flow;
  const times = [...output.matchAll(/time=([\d.]+) ms/g)].map(([, time]) => Number(time)).sort((a, b) => a - b);
  return { p50Ms: quantile(times, 0.5), p99Ms: quantile(times, 0.99) };
}

export function quantile(sorted: readonly number[], q: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN;
}
