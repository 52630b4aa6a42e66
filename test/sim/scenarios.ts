// One world for each seed: which sites, which links, what happens - and what must hold of it.
import assert from "node:assert/strict";
import { assertManners, type Luck } from "./assertions.ts";
import { formatEntries } from "./journal.ts";
import type { Scenario } from "./scenario.ts";
import * as budget from "./scenarios-budget.ts";
import * as change from "./scenarios-change.ts";
import * as meeting from "./scenarios-meeting.ts";
import * as relays from "./scenarios-relays.ts";
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

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Of the engine's echoes in simulations of hours: they are not what is looked at. */
const SLOW_PACE = 40;

export const SCENARIOS: readonly Scenario[] = [
  { name: "pair", weight: 34, run: meeting.pair },
  { name: "late joiner", weight: 14, run: meeting.lateJoiner },
  { name: "far relays", weight: 3, options: { relayDelaysMs: [70, 90] }, run: meeting.farRelays },
  { name: "one network", weight: 8, run: meeting.oneNetwork },
  { name: "dual stack", weight: 8, run: meeting.dualStack },
  { name: "second meeting", weight: 10, run: meeting.secondMeeting },
  { name: "several nodes", weight: 6, run: meeting.severalNodes },
  { name: "throttled", weight: 8, run: meeting.throttled },
  { name: "without a helper", weight: 6, run: meeting.withoutHelper },
  { name: "reboot", weight: 10, run: change.reboot },
  { name: "silent reboot", weight: 8, run: change.silentReboot },
  { name: "move", weight: 12, run: change.move },
  { name: "restart", weight: 8, run: change.restart },
  { name: "sleep", weight: 8, run: change.sleep },
  { name: "blocked for a while", weight: 12, run: change.blockedForAWhile },
  { name: "narrower", weight: 3, run: change.narrower },
  { name: "coordinator restart", weight: 6, run: change.coordinatorRestart },
  { name: "relay restart", weight: 6, run: relays.relayRestart },
  { name: "relay death", weight: 10, run: relays.relayDeath },
  { name: "home relay", weight: 4, options: { relayDelaysMs: [30, 5, 15] }, run: relays.homeRelay },
  { name: "regions", weight: 4, options: { relayDelaysMs: [0, 0] }, run: relays.regions },
  { name: "behind a proxy", weight: 3, run: relays.behindProxy },
  { name: "idle", weight: 8, run: budget.idle },
  { name: "unreachable", weight: 3, run: budget.unreachable },
  { name: "several hard peers", weight: 3, run: budget.severalHardPeers },
  { name: "crowd", weight: 2, run: budget.crowd },
  { name: "hopeless for hours", weight: 1, options: { pace: SLOW_PACE }, run: hopeless(2, 6 * HOUR_MS) },
  { name: "idle for hours", weight: 1, run: budget.idleForHours },
];

/** Minutes of real time: run by name. */
export const LONG_SCENARIOS: readonly Scenario[] = [
  { name: "20 hopeless peers, ten minutes", weight: 1, run: hopeless(20, 10 * MINUTE_MS) },
  { name: "20 hopeless peers, six hours", weight: 1, options: { pace: SLOW_PACE }, run: hopeless(20, 6 * HOUR_MS) },
  { name: "50 idle nodes, six hours", weight: 1, run: budget.idleMesh },
];

function hopeless(count: number, ms: number): Scenario["run"] {
  return (world) => budget.hopeless(world, count, ms);
}

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
  return [...SCENARIOS, ...LONG_SCENARIOS].find((each) => each.name === name);
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
