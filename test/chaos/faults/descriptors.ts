// No descriptor left to open anything with, and connections that hold descriptors and lead nowhere.
import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type Daemon, waitFor } from "../../lab/index.ts";
import type { Random } from "../../sim/random.ts";
import { underTraffic } from "../attempt.ts";
import type { Fault, Trial } from "../fault.ts";
import type { World } from "../world.ts";
import { roleInTurn } from "./roles.ts";

const EXHAUSTED_MS = { least: 1500, most: 3000 } as const;
const CALLERS = 5;
const CONNECTIONS = 300;
/** Some are opened and closed all the time: a standby, a pipe. */
const TOLERANCE = 8;
const RELEASED_MS = 30_000;

const openConnections = fileURLToPath(new URL("../programs/open-connections.ts", import.meta.url));

export const descriptorFaults: readonly Fault[] = [
  {
    name: "descriptors",
    words: "no file descriptor left to a running role",
    times: 3,
    run: async (world, random, number) => exhausted(world, random, number),
  },
  {
    name: "half-open",
    words: `${CONNECTIONS} half-open connections to the coordinator`,
    times: 2,
    run: async (world, random) => halfOpen(world, random),
  },
];

async function exhausted(world: World, random: Random, number: number): Promise<Trial> {
  const victim = roleInTurn(world, random, number);
  const before = descriptorsOf(victim);
  const attempt = await underTraffic(world, { undisturbed: true }, async () => {
    const restore = limitDescriptors(victim);
    try {
      // Whoever calls gets an answer or a refusal; either way the role stays.
      await Promise.all(Array.from({ length: CALLERS }, () => callTo(world, victim)));
      await sleep(random.integer(EXHAUSTED_MS.least, EXHAUSTED_MS.most));
    } finally {
      restore();
    }
    return victim.process.running ? [] : [`${victim.host.name} ended`];
  });
  return { ...attempt, problems: [...attempt.problems, ...(await released(victim, before))], what: victim.host.name };
}

/** None beyond those that are open; the limit that there was, again. */
function limitDescriptors(daemon: Daemon): () => void {
  const target = ["--pid", String(daemon.process.pid)];
  const [soft = "", hard = ""] = execFileSync("prlimit", [...target, "--nofile", "--noheadings", "--output=SOFT,HARD"])
    .toString()
    .trim()
    .split(/\s+/);
  const highest = Math.max(...readdirSync(`/proc/${daemon.process.pid}/fd`).map(Number));
  execFileSync("prlimit", [...target, `--nofile=${highest + 1}:${hard}`]);
  return () => {
    execFileSync("prlimit", [...target, `--nofile=${soft}:${hard}`]);
  };
}

async function callTo(world: World, daemon: Daemon): Promise<void> {
  const isNode = world.nodes.some((node) => node === daemon);
  if (isNode) await daemon.cli(["status"], { timeoutMs: 3000 });
  const { ipv4 } = daemon.host;
  if (!isNode) await daemon.host.run(["curl", "--silent", "--insecure", "--max-time", "1", `https://${ipv4}/`]);
}

/** The caller's machine is cut off at once: neither side hears of an end. */
async function halfOpen(world: World, random: Random): Promise<Trial> {
  const { coordinator } = world;
  const before = descriptorsOf(coordinator);
  const stranger = world.lab.host("stranger");
  const victim = random.pick(world.nodes);
  const attempt = await underTraffic(world, {}, async (ended) => {
    const target = [coordinator.host.ipv4, "443", String(CONNECTIONS)];
    const caller = stranger.spawn([process.execPath, openConnections, ...target]);
    await caller.waitForLine(/^open$/);
    world.lab.setCable("stranger", "down");
    caller.kill("SIGKILL");
    await caller.exited;
    // Somebody who means it comes through all the same.
    await victim.kill();
    ended();
    await victim.start();
    await waitFor("connection", 3000, async () => (await victim.tryStatus())?.coordinator?.connected === true);
    return [];
  });
  const problems = [...attempt.problems, ...(await released(coordinator, before))];
  world.lab.setCable("stranger", "up");
  return { ...attempt, problems, what: `while ${victim.host.name} restarts` };
}

function descriptorsOf(daemon: Daemon): number {
  return readdirSync(`/proc/${daemon.process.pid}/fd`).length;
}

async function released(daemon: Daemon, before: number): Promise<readonly string[]> {
  const isReleased = async () => descriptorsOf(daemon) <= before + TOLERANCE;
  return waitFor("room", RELEASED_MS, isReleased).then(
    () => [],
    () => [`${daemon.host.name} holds ${descriptorsOf(daemon)} descriptors, ${before} before`],
  );
}
