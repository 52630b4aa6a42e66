// One cell of the matrix: a coordinator and two daemons on sites of two types; how soon the first ping is answered, which path comes
// out, and when.
import { createLocalApiClient } from "../../src/local-api/client.ts";
import type { PathKind, PathStatus, UpRequest } from "../../src/local-api/node-api.ts";
import { expectedPath, type Expectation } from "./expected-path.ts";
import type { Host } from "./lab.ts";
import { Coordinator, Node } from "./meshd.ts";
import type { LabProcess } from "./process.ts";
import { SiteLab, type Pair } from "./site-lab.ts";
import type { SiteName } from "./sites.ts";

const FIRST_PING_WITHIN_MS = 500;
/** How long a direct path is waited for, required or not. */
const DIRECT_PATIENCE_MS = 15_000;
const RELAY_PATIENCE_MS = 6000;
const UP_TIMEOUT_MS = 15_000;
const POLL_MS = 20;

export interface Cell {
  readonly left: SiteName;
  readonly right: SiteName;
  readonly expected: Expectation;
  /** From the moment the second node is told to join. */
  readonly firstPingMs?: number;
  readonly directMs?: number;
  readonly leftPath: PathKind;
  readonly rightPath: PathKind;
  readonly address?: string;
  readonly rttBeforeMs?: number;
  readonly rttAfterMs?: number;
  /** Where the outcome is not what it must be, in words. */
  readonly differences: readonly string[];
  readonly error?: string;
}

type Measured = Omit<Cell, "left" | "right" | "expected" | "differences">;

export async function measureCell(left: SiteName, right: SiteName): Promise<Cell> {
  const expected = expectedPath(left, right);
  const measured = await measure(left, right, expected);
  return { left, right, expected, ...measured, differences: differences(expected, measured) };
}

async function measure(left: SiteName, right: SiteName, expected: Expectation): Promise<Measured> {
  const pair = await SiteLab.createPair(left, right);
  try {
    return await joinAndWatch(pair, expected);
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    return { leftPath: "none", rightPath: "none", error: words.split("\n")[0] ?? words };
  } finally {
    pair.lab.destroy();
  }
}

async function joinAndWatch({ lab, server, left, right }: Pair, expected: Expectation): Promise<Measured> {
  const coordinator = await Coordinator.start(server);
  const [leftNode, rightNode] = [left, right].map((host) => new Node(host, "node", lab.environmentOfHost(host.name)));
  if (leftNode === undefined || rightNode === undefined) throw new Error("a pair has two nodes");
  await Promise.all([leftNode.start(), rightNode.start()]);
  await up(leftNode, coordinator.joinKey);
  const { v4 } = await leftNode.ips();
  const started = performance.now();
  const joined = up(rightNode, coordinator.joinKey);
  const pinging = new Pings(right, v4);
  try {
    await joined;
    const direct = watchForDirect(leftNode, rightNode, started, expected);
    const first = await pinging.first(started);
    const directMs = await direct;
    const rttAfterMs = await pinging.recentRtt();
    const [leftPath, rightPath] = [await pathTo(leftNode, "right"), await pathTo(rightNode, "left")];
    return {
      ...(first !== undefined && { firstPingMs: first.atMs, rttBeforeMs: first.rttMs }),
      ...(directMs !== undefined && { directMs }),
      ...(rttAfterMs !== undefined && { rttAfterMs }),
      ...(rightPath?.address !== undefined && { address: rightPath.address }),
      leftPath: leftPath?.kind ?? "none",
      rightPath: rightPath?.kind ?? "none",
    };
  } finally {
    pinging.stop();
  }
}

/** `meshd up` without the time that a command line takes to start. */
async function up(node: Node, authKey: string): Promise<void> {
  const request: UpRequest = { authKey, hostname: node.host.name, timeoutMs: UP_TIMEOUT_MS };
  for await (const _ of createLocalApiClient(node.socket, "daemon").lines("POST", "/v1/up", request));
}

async function pathTo(node: Node, peer: string): Promise<PathStatus | undefined> {
  return (await node.peer(peer))?.path;
}

/** Until both sides use a direct path; patience depends on whether one is expected. */
async function watchForDirect(
  left: Node,
  right: Node,
  started: number,
  expected: Expectation,
): Promise<number | undefined> {
  const patienceMs = expected.kind === "relay" ? RELAY_PATIENCE_MS : DIRECT_PATIENCE_MS;
  while (performance.now() - started < patienceMs) {
    const paths = [await pathTo(left, "right"), await pathTo(right, "left")];
    if (paths.every((path) => path?.kind === "direct")) return performance.now() - started;
    await pause(POLL_MS);
  }
  return undefined;
}

/** Pings every 50 ms, from the moment there is a way to send them. */
class Pings {
  readonly #process: LabProcess;

  constructor(from: Host, target: string) {
    // The overlay's route comes with joining: until then ping itself would end.
    const script = `until ip route get ${target} 2>/dev/null | grep -q mesh; do sleep 0.01; done; exec ping -n -i 0.05 ${target}`;
    this.#process = from.spawn(["sh", "-c", script]);
  }

  async first(started: number): Promise<{ readonly atMs: number; readonly rttMs: number } | undefined> {
    try {
      const match = await this.#process.waitForLine(/time=([\d.]+) ms/, DIRECT_PATIENCE_MS);
      return { atMs: performance.now() - started, rttMs: Number(match[1]) };
    } catch {
      return undefined;
    }
  }

  /** Median of the last replies, after a moment to collect some. */
  async recentRtt(): Promise<number | undefined> {
    await pause(500);
    const times = [...this.#process.output.matchAll(/time=([\d.]+) ms/g)].slice(-7).map((match) => Number(match[1]));
    return times.toSorted((a, b) => a - b)[times.length >> 1];
  }

  stop(): void {
    this.#process.kill("SIGKILL");
  }
}

async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}

function differences(expected: Expectation, measured: Measured): readonly string[] {
  const found: string[] = [];
  if (measured.firstPingMs === undefined) return [measured.error ?? "no ping was answered"];
  if (measured.firstPingMs > FIRST_PING_WITHIN_MS) found.push(`first ping later than ${FIRST_PING_WITHIN_MS} ms`);
  if (expected.kind === "direct") {
    if (measured.directMs === undefined) found.push(`not direct (${expected.way})`);
    else if (measured.directMs > expected.withinMs) found.push(`direct later than ${expected.withinMs} ms`);
    const wantsIpv6 = expected.way === "ipv6";
    if (wantsIpv6 && measured.directMs !== undefined && measured.address?.startsWith("[") !== true) {
      found.push("not over IPv6");
    }
  }
  if (expected.kind === "relay") {
    if (measured.leftPath !== expected.left) found.push(`left: ${measured.leftPath}, not ${expected.left}`);
    if (measured.rightPath !== expected.right) found.push(`right: ${measured.rightPath}, not ${expected.right}`);
  }
  return found;
}
