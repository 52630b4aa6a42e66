// What lines do: they go down, they get other addresses, they lose, reorder and double packets.
import { setTimeout as sleep } from "node:timers/promises";
import type { Node } from "../../lab/index.ts";
import type { Random } from "../../sim/random.ts";
import { underTraffic } from "../attempt.ts";
import type { Fault, Trial } from "../fault.ts";
import type { World } from "../world.ts";

const DOWN_MS = { least: 1000, most: 3000 } as const;
const BAD_LINE_MS = 3000;

export const networkFaults: readonly Fault[] = [
  {
    name: "nothing",
    words: "no fault: what the machine itself does to traffic",
    times: 1,
    run: async (world) => ({
      ...(await underTraffic(world, { undisturbed: true }, async () => {
        await sleep(BAD_LINE_MS);
        return [];
      })),
      what: "nothing",
    }),
  },
  {
    name: "link",
    words: "the link of a node's machine down for 1 to 3 s, and up",
    times: 4,
    run: async (world, random) => linkDown(world, random, random.pick(world.nodes)),
  },
  {
    name: "address",
    words: "another address: the router's, or the machine moves",
    times: 4,
    // The machine's own interface has other addresses afterwards.
    changes: /\beth0\b|: link /,
    run: async (world, random, number) =>
      number % 2 === 0 ? reboot(world, random.pick(world.nodes)) : move(world, random.pick(world.nodes.slice(0, 2))),
  },
  badLine("loss-1", "1 % of all packets lost", "loss", 1),
  badLine("loss-5", "5 % of all packets lost", "loss", 5),
  badLine("loss-20", "20 % of all packets lost", "loss", 20),
  badLine("reorder", "20 % of all packets overtaken", "reorder", 20),
  badLine("duplicate", "20 % of all packets twice", "duplicate", 20),
];

async function linkDown(world: World, random: Random, victim: Node): Promise<Trial> {
  const forMs = random.integer(DOWN_MS.least, DOWN_MS.most);
  const { name } = victim.host;
  const attempt = await underTraffic(world, {}, async (ended) => {
    world.lab.setCable(name, "down");
    await sleep(forMs);
    ended();
    world.lab.setCable(name, "up");
    return [];
  });
  return { ...attempt, what: `${name} for ${forMs} ms` };
}

async function reboot(world: World, victim: Node): Promise<Trial> {
  const site = world.siteOf(victim);
  const attempt = await underTraffic(world, {}, async (ended) => {
    ended();
    await world.lab.rebootSite(site);
    return [];
  });
  return { ...attempt, what: `${site}'s router` };
}

async function move(world: World, victim: Node): Promise<Trial> {
  const { name } = victim.host;
  const attempt = await underTraffic(world, {}, async (ended) => {
    ended();
    await world.move(victim, world.siteOf(victim));
    return [];
  });
  return { ...attempt, what: `${name} moves` };
}

/** Of every line of a pair's first node, in both directions. */
function badLine(name: string, words: string, option: "loss" | "reorder" | "duplicate", percent: number): Fault {
  return {
    name,
    words,
    times: 2,
    run: async (world) => {
      const sites = world.traffic.map(({ to }) => world.siteOf(to));
      const setAll = async (value: number): Promise<void> => {
        for (const site of sites) await world.lab.setOption(site, option, value);
      };
      const attempt = await underTraffic(world, { lossPercent: option === "loss" ? 2 * percent : 0 }, async (ended) => {
        await setAll(percent);
        await sleep(BAD_LINE_MS);
        await setAll(0);
        ended();
        return [];
      });
      return { ...attempt, what: `${sites.join(" and ")} for ${BAD_LINE_MS} ms` };
    },
  };
}
