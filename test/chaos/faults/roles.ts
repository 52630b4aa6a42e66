// Whom a fault hits that is the same for every role.
import type { Daemon } from "../../lab/index.ts";
import type { Random } from "../../sim/random.ts";
import type { World } from "../world.ts";

export const ROLES = 3;

/** A node, the coordinator and a relay in turn. */
export function roleInTurn(world: World, random: Random, number: number): Daemon {
  const roles = [random.pick(world.nodes), world.coordinator, random.pick(world.relays)];
  return roles[number % ROLES] ?? world.coordinator;
}
