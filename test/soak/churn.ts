// What happens to a mesh in weeks, at random and from a seed: nodes leave, join, die and roam, routers, relays and coordinators restart.
import { setTimeout as sleep } from "node:timers/promises";
import type { Random } from "../sim/random.ts";
import { untilConnected, type World } from "./world.ts";

/** Says what it did; rejects where it did not come out as it should. */
export interface Act {
  readonly kind: string;
  /** How often, beside the others. */
  readonly weight: number;
  readonly run: (world: World, random: Random) => Promise<string>;
}

const ROAMING_SITES = ["cafe", "hotel", "carrier", "home"] as const;
const FROZEN_MS = 25_000;

export const CHURN: readonly Act[] = [
  {
    kind: "leave",
    weight: 4,
    async run(world, random) {
      const guest = world.node("guest");
      await guest.done("down");
      await rest(random, 2, 10);
      await guest.done("up");
      await untilConnected(guest);
      return "guest left and came back";
    },
  },
  {
    kind: "join",
    weight: 4,
    async run(world, random) {
      const guest = world.node("guest");
      await guest.done("logout");
      await rest(random, 0, 5);
      const { key } = await world.coordinator.createKey();
      await guest.up(key);
      await untilConnected(guest);
      return "guest left for good and joined under new keys";
    },
  },
  {
    kind: "kill",
    weight: 3,
    async run(world, random) {
      const ghost = world.node("ghost");
      await world.restart(ghost, random.pick(["SIGKILL", "SIGTERM"]), () => rest(random, 0, 10));
      await untilConnected(ghost);
      return "ghost died and came back";
    },
  },
  {
    kind: "roam",
    weight: 4,
    async run(world, random) {
      const site = random.pick(ROAMING_SITES);
      world.lab.moveHost("phone", site);
      await untilConnected(world.node("phone"));
      return `phone moved to ${site}`;
    },
  },
  {
    kind: "reboot",
    weight: 3,
    async run(world, random) {
      const site = random.pick(["home", "cafe", "hotel", "carrier", "flat", "farm"]);
      await world.lab.rebootSite(site);
      return `${site}'s router came back with another address`;
    },
  },
  {
    kind: "block",
    weight: 1,
    async run(world, random) {
      await world.lab.blockUdp("cafe");
      try {
        await rest(random, 10, 30);
      } finally {
        await world.lab.unblockUdp("cafe");
      }
      return "no UDP through the cafe for a while";
    },
  },
  {
    kind: "relay",
    weight: 2,
    async run(world, random) {
      await world.restart(world.shakenRelay, random.pick(["SIGKILL", "SIGTERM"]), () => rest(random, 0, 3));
      return "a relay restarted";
    },
  },
  {
    kind: "coordinator",
    weight: 2,
    async run(world, random) {
      const { shakenCoordinator } = world;
      await world.restart(shakenCoordinator, random.pick(["SIGKILL", "SIGTERM"]), () => rest(random, 0, 3));
      return "a coordinator restarted";
    },
  },
  {
    kind: "away",
    weight: 1,
    async run(world, random) {
      const { shakenCoordinator } = world;
      await world.restart(shakenCoordinator, "SIGTERM", () => rest(random, 40, 120));
      return "a coordinator was away for a while";
    },
  },
  {
    kind: "freeze",
    weight: 1,
    async run(world) {
      const { process } = world.coordinator;
      process.kill("SIGSTOP");
      try {
        await sleep(FROZEN_MS);
      } finally {
        process.kill("SIGCONT");
      }
      return "the coordinator did not answer for a while";
    },
  },
];

async function rest(random: Random, fromSeconds: number, toSeconds: number): Promise<void> {
  await sleep(1000 * random.integer(fromSeconds, toSeconds));
}
