// Wall clocks that jump a day: of a machine without a battery, or that asked a wrong server. Traffic must not care, neither in a process
// that lives through it nor in one that starts with the wrong time, nor when the clock is put right.
import { setTimeout as sleep } from "node:timers/promises";
import type { Daemon } from "../../lab/index.ts";
import type { Random } from "../../sim/random.ts";
import { underTraffic } from "../attempt.ts";
import type { Fault, Trial } from "../fault.ts";
import type { World } from "../world.ts";
import { ROLES, roleInTurn } from "./roles.ts";

const DAY_MS = 86_400_000;
const WRONG_MS = { least: 2000, most: 4000 } as const;

export const clockFaults: readonly Fault[] = [
  jump("clock-ahead", "the clock jumps a day ahead, and back", DAY_MS),
  jump("clock-behind", "the clock jumps a day back, and ahead", -DAY_MS),
];

function jump(name: string, words: string, byMs: number): Fault {
  return {
    name,
    words,
    times: 4,
    run: async (world, random, number) => {
      const victim = roleInTurn(world, random, number);
      return number < ROLES
        ? jumped(world, random, victim, byMs)
        : startedWithWrongTime(world, random, random.pick(world.nodes), byMs);
    },
  };
}

async function jumped(world: World, random: Random, victim: Daemon, byMs: number): Promise<Trial> {
  const clock = world.clockOf(victim);
  const forMs = random.integer(WRONG_MS.least, WRONG_MS.most);
  const attempt = await underTraffic(world, { undisturbed: true }, async () => {
    clock.shift(byMs);
    await sleep(forMs);
    clock.shift(0);
    return [];
  });
  return { ...attempt, what: `${victim.host.name} for ${forMs} ms` };
}

async function startedWithWrongTime(
  world: World,
  random: Random,
  victim: Daemon & { start(): Promise<void> },
  byMs: number,
): Promise<Trial> {
  const clock = world.clockOf(victim);
  const forMs = random.integer(WRONG_MS.least, WRONG_MS.most);
  const restarted = await underTraffic(world, {}, async (ended) => {
    await victim.kill();
    clock.shift(byMs);
    ended();
    await victim.start();
    await sleep(forMs);
    return [];
  });
  const putRight = await underTraffic(world, { undisturbed: true }, async () => {
    clock.shift(0);
    return [];
  });
  return {
    recoveryMs: restarted.recoveryMs,
    lost: restarted.lost + putRight.lost,
    problems: [...restarted.problems, ...putRight.problems.map((problem) => `put right: ${problem}`)],
    what: `${victim.host.name} starts with the wrong time`,
  };
}
