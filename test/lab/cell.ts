// One cell of the matrix: a coordinator and two daemons on sites of two types, one of which joins after the other; how soon the first
// ping is answered, which path comes out, and when.
import { createLocalApiClient } from "../../src/local-api/client.ts";
import type { PathStatus, UpRequest } from "../../src/local-api/node-api.ts";
import { judge, type Measured } from "./cell-verdict.ts";
import { expectedPath, type Expectation, withinMs } from "./expected-path.ts";
import { Coordinator, Node, waitFor } from "./meshd.ts";
import { Pings } from "./pings.ts";
import { SiteLab, type Pair } from "./site-lab.ts";
import type { SiteName } from "./sites.ts";

export interface CellPlan {
  readonly left: SiteName;
  readonly right: SiteName;
  /** Which node is there when the other joins. */
  readonly first: "left" | "right";
}

export interface Cell extends CellPlan, Measured {
  readonly expected: Expectation;
  /** Where the outcome is not what it must be, in words. */
  readonly differences: readonly string[];
  /** What took longer than it should; many cells together decide what that means. */
  readonly late: readonly string[];
}

/** Times that must be kept as medians may be exceeded by one cell, but not by this factor. */
const GROSS = 4;
const UP_TIMEOUT_MS = 15_000;
const PING_PATIENCE_MS = 10_000;
/** How long a relayed path must stay so: longer than pings to candidates go on, and than it takes until a hard NAT is tried. */
const RELAY_STAYS_MS = 3500;
const RELAY_PATIENCE_MS = 10_000;
/** For the path that is not required. */
const WELCOME_PATIENCE_MS = 5000;
const POLL_MS = 25;

export async function measureCell(plan: CellPlan): Promise<Cell> {
  const expected = expectedPath(plan.left, plan.right);
  const measured = await measure(plan, expected);
  return { ...plan, expected, ...measured, ...judge(expected, measured, GROSS) };
}

async function measure(plan: CellPlan, expected: Expectation): Promise<Measured> {
  const pair = await SiteLab.createPair(plan.left, plan.right);
  try {
    return await joinAndWatch(pair, plan.first, expected);
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    return { leftPath: "none", rightPath: "none", error: words.split("\n")[0] ?? words };
  } finally {
    pair.lab.destroy();
  }
}

async function joinAndWatch(pair: Pair, first: "left" | "right", expected: Expectation): Promise<Measured> {
  const { lab, server } = pair;
  const coordinator = await Coordinator.start(server);
  const make = (name: "left" | "right") => new Node(pair[name], "node", lab.environmentOfHost(name));
  const nodes = { left: make("left"), right: make("right") };
  const [there, comer] = first === "left" ? [nodes.left, nodes.right] : [nodes.right, nodes.left];
  await Promise.all([there.start(), comer.start()]);
  await up(there, coordinator.joinKey);
  await waitFor("a home relay", RELAY_PATIENCE_MS, async () => ((await there.status()).self?.homeRelay ?? "") !== "");
  const { v4 } = await there.ips();
  using pings = new Pings(comer.host, v4);
  const started = performance.now();
  await up(comer, coordinator.joinKey);
  const answered = await pings.first(PING_PATIENCE_MS);
  const directMs = await watch(nodes, started, expected);
  const [leftPath, rightPath] = await Promise.all([pathTo(nodes.left, "right"), pathTo(nodes.right, "left")]);
  const after = directMs === undefined ? undefined : await pings.recentRttMs();
  return {
    firstPingMs: answered && answered.at - started,
    directMs,
    rttBeforeMs: pings.rttMsUntil(started + (directMs ?? Infinity)),
    rttAfterMs: after,
    leftAddress: leftPath?.address,
    rightAddress: rightPath?.address,
    leftPath: leftPath?.kind ?? "none",
    rightPath: rightPath?.kind ?? "none",
    error: (await pings.stillAnswered()) ? undefined : "pings are not answered any more",
  };
}

/** `meshd up` without the time that a command line takes to start. */
async function up(node: Node, authKey: string): Promise<void> {
  const request: UpRequest = { authKey, hostname: node.host.name, timeoutMs: UP_TIMEOUT_MS };
  for await (const _ of createLocalApiClient(node.socket, "daemon").lines("POST", "/v1/up", request));
}

async function pathTo(node: Node, peer: string): Promise<PathStatus | undefined> {
  return (await node.peer(peer))?.path;
}

interface Nodes {
  readonly left: Node;
  readonly right: Node;
}

/** Until both sides use a direct path (when that was), or it is clear that they will not. */
async function watch(nodes: Nodes, started: number, expected: Expectation): Promise<number | undefined> {
  const patienceMs = {
    direct: expected.kind === "direct" ? GROSS * withinMs[expected.way] : 0,
    "direct-or-relay": WELCOME_PATIENCE_MS,
    relay: RELAY_PATIENCE_MS,
  }[expected.kind];
  let settledAt: number | undefined;
  for (let elapsed = 0; elapsed < patienceMs; elapsed = performance.now() - started) {
    const [left, right] = await Promise.all([pathTo(nodes.left, "right"), pathTo(nodes.right, "left")]);
    if (left?.kind === "direct" && right?.kind === "direct") return performance.now() - started;
    if (expected.kind === "relay" && left?.kind === expected.left && right?.kind === expected.right) {
      settledAt ??= performance.now();
      if (performance.now() - settledAt > RELAY_STAYS_MS) return undefined;
    } else settledAt = undefined;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return undefined;
}
