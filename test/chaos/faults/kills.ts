// kill -9 at any instant, and started again soon, as systemd would.
import { setTimeout as sleep } from "node:timers/promises";
import type { Relay } from "../../lab/index.ts";
import type { Random } from "../../sim/random.ts";
import { type Expectation, underTraffic } from "../attempt.ts";
import type { Fault, Trial } from "../fault.ts";
import type { World } from "../world.ts";

const WITHIN_MS = 800;
const AWAY_MS = 600;

interface Restartable {
  readonly host: { readonly name: string };
  kill(): Promise<void>;
  start(): Promise<void>;
}

export const kills: readonly Fault[] = [
  {
    name: "kill-node",
    turns: "kills",
    words: "kill -9 of a node, started again",
    times: 20,
    run: async (world, random) => killed(world, random, random.pick(world.nodes), {}),
  },
  {
    name: "kill-coordinator",
    turns: "kills",
    words: "kill -9 of the coordinator, started again",
    times: 15,
    run: async (world, random) => killed(world, random, world.coordinator, { undisturbed: true }),
  },
  {
    name: "kill-relay",
    turns: "kills",
    words: "kill -9 of a relay; the other one takes over",
    times: 15,
    run: async (world, random) => killedRelay(world, random, random.pick(world.relays)),
  },
];

async function killed(world: World, random: Random, victim: Restartable, expected: Expectation): Promise<Trial> {
  const at = random.integer(0, WITHIN_MS);
  const away = random.integer(0, AWAY_MS);
  const attempt = await underTraffic(world, expected, async (ended) => {
    await sleep(at);
    await victim.kill();
    await sleep(away);
    ended();
    await victim.start();
    return [];
  });
  return { ...attempt, what: `${victim.host.name} after ${at} ms, away for ${away} ms` };
}

/** Traffic is back while that relay is away: the fault ends as it begins. */
async function killedRelay(world: World, random: Random, victim: Relay): Promise<Trial> {
  const at = random.integer(0, WITHIN_MS);
  const away = 1000 + random.integer(0, AWAY_MS);
  const attempt = await underTraffic(world, {}, async (ended) => {
    await sleep(at);
    await victim.kill();
    ended();
    await sleep(away);
    await victim.start();
    return [];
  });
  return { ...attempt, what: `${victim.host.name} after ${at} ms, away for ${away} ms` };
}
