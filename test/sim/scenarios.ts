// One world for each seed: which sites, which links, what happens - and what must hold of it.
import assert from "node:assert/strict";
import { assertManners, type Luck } from "./assertions.ts";
import { formatEntries } from "./journal.ts";
import type { Scenario } from "./scenario.ts";
import { BUDGETS, LONG } from "./scenarios-budget.ts";
import { CHANGES } from "./scenarios-change.ts";
import { MEETING } from "./scenarios-meeting.ts";
import { RELAYS } from "./scenarios-relays.ts";
import { World } from "./world.ts";

export interface Outcome {
  readonly scenario: string;
  readonly luck?: Luck;
}

export interface Replay {
  readonly scenario: string;
  readonly journal: readonly string[];
  readonly error: string | undefined;
}

export const SCENARIOS: readonly Scenario[] = [...MEETING, ...CHANGES, ...RELAYS, ...BUDGETS];
export const LONG_SCENARIOS = LONG;

/** Throws an Error that says what did not hold. */
export function runSeed(seed: number, scenario = scenarioOf(seed)): Outcome {
  const world = new World(seed, scenario.options);
  try {
    return { scenario: scenario.name, ...lived(world, scenario) };
  } catch (error) {
    throw new Error(`${scenario.name}: ${messageOf(error)}`, { cause: error });
  }
}

/** The same world again, with all that happened in words. */
export function replaySeed(seed: number, scenario = scenarioOf(seed)): Replay {
  const world = new World(seed, { ...scenario.options, keepJournal: true });
  let error: string | undefined;
  try {
    lived(world, scenario);
  } catch (thrown) {
    error = messageOf(thrown);
    world.journal.note("", () => `FAILED: ${error}`);
  }
  return { scenario: scenario.name, journal: formatEntries(world.journal.entries), error };
}

export function scenarioNamed(name: string): Scenario | undefined {
  return [...SCENARIOS, ...LONG].find((each) => each.name === name);
}

/** In turn rather than by chance: every two hundred seeds have all of them. */
function scenarioOf(seed: number): Scenario {
  const total = SCENARIOS.reduce((sum, { weight }) => sum + weight, 0);
  let left = (seed * 37) % total;
  const scenario = SCENARIOS.find(({ weight }) => (left -= weight) < 0);
  assert.ok(scenario !== undefined);
  return scenario;
}

function lived(world: World, { run }: Scenario): { readonly luck?: Luck } {
  const luck = run(world);
  assertManners(world);
  return luck === undefined ? {} : { luck };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
}
