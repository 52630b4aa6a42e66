// Processes that do not get to run for a while, and a coordinator that is away for longer.
import { setTimeout as sleep } from "node:timers/promises";
import { type Daemon, type Node, waitFor } from "../../lab/index.ts";
import type { Random } from "../../sim/random.ts";
import { underTraffic } from "../attempt.ts";
import type { Fault, Trial } from "../fault.ts";
import type { World } from "../world.ts";

const PAUSE_MS = { short: 5000, long: 60_000 } as const;
const AWAY_MS = { short: 60_000, long: 600_000 } as const;
const BETWEEN_RESTARTS_MS = { least: 4000, most: 9000 } as const;
/** A node without its coordinator needs a relay's session, and whatever its peers learn from its first packets. */
const ALONE_MS = 3000;

export const pauses: readonly Fault[] = [
  {
    name: "stop-node",
    words: "SIGSTOP of a node for 5 s (--long: 60 s), SIGCONT",
    times: 2,
    run: async (world, random, _number, long) => paused(world, random, random.pick(world.nodes), long, false),
  },
  {
    name: "stop-coordinator",
    words: "SIGSTOP of the coordinator, SIGCONT",
    times: 1,
    run: async (world, random, _number, long) => paused(world, random, world.coordinator, long, true),
  },
  {
    name: "stop-relay",
    words: "SIGSTOP of a relay, SIGCONT; the other one takes over",
    times: 2,
    run: async (world, random, number, long) =>
      paused(world, random, world.relays[number % world.relays.length] ?? world.coordinator, long, false),
  },
  {
    name: "coordinator-away",
    words: "the coordinator away for 1 min (--long: 10), nodes restart",
    times: 1,
    run: async (world, random, _number, long) => restartsAlone(world, random, long ? AWAY_MS.long : AWAY_MS.short),
  },
];

async function paused(
  world: World,
  random: Random,
  victim: Daemon,
  long: boolean,
  undisturbed: boolean,
): Promise<Trial> {
  const at = random.integer(0, 500);
  const attempt = await underTraffic(world, { undisturbed }, async (ended) => {
    await sleep(at);
    victim.process.kill("SIGSTOP");
    await sleep(long ? PAUSE_MS.long : PAUSE_MS.short);
    victim.process.kill("SIGCONT");
    ended();
    return [];
  });
  return { ...attempt, what: `${victim.host.name} after ${at} ms` };
}

/** Each restart is a try of its own as to how soon traffic is back. */
async function restartsAlone(world: World, random: Random, forMs: number): Promise<Trial> {
  await world.coordinator.kill();
  const endsAt = performance.now() + forMs;
  const done: string[] = [];
  const problems: string[] = [];
  let [recoveryMs, lost] = [0, 0];
  while (performance.now() < endsAt) {
    const victim = random.pick(world.nodes);
    const way = random.pick(["stop", "kill"] as const);
    const attempt = await underTraffic(world, { recoveryLimitMs: ALONE_MS }, async (ended) => {
      await victim[way]();
      ended();
      await victim.start();
      return [];
    });
    done.push(`${victim.host.name} (${way})`);
    problems.push(...attempt.problems.map((problem) => `${victim.host.name} (${way}): ${problem}`));
    recoveryMs = Math.max(recoveryMs, attempt.recoveryMs);
    lost += attempt.lost;
    const pause = random.integer(BETWEEN_RESTARTS_MS.least, BETWEEN_RESTARTS_MS.most);
    await sleep(Math.max(0, Math.min(pause, endsAt - performance.now())));
  }
  problems.push(...(await connectsAgain(world)));
  return { recoveryMs, lost, problems, what: `restarted: ${done.join(", ")}` };
}

/** The coordinator is back: nodes that know nothing else than to wait for it hear of that. */
async function connectsAgain(world: World): Promise<readonly string[]> {
  const attempt = await underTraffic(world, { undisturbed: true }, async () => {
    await world.coordinator.start();
    return [];
  });
  const isConnected = async (node: Node) => (await node.tryStatus())?.coordinator?.connected === true;
  const late: string[] = [];
  for (const node of world.nodes) {
    await waitFor("connection", 35_000, () => isConnected(node)).catch(() => late.push(node.host.name));
  }
  return [...attempt.problems, ...late.map((name) => `${name} does not come back to the coordinator`)];
}
