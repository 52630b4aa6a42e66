// The part of the simulation that belongs to every run of the tests: the table of connectivity.md on clean links, every scenario for a few
// seeds, and a few planted bugs' places. `npm run sim` runs thousands.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { sodiumReady } from "../../src/identity/index.ts";
import { assertAgreed, assertManners, judgeLuck, type Luck, meet } from "./assertions.ts";
import { MUTANTS } from "./mutants.ts";
import { findPlace } from "./plant.ts";
import { pairOf, type Scenario } from "./scenario.ts";
import { runSeed, SCENARIOS } from "./scenarios.ts";
import { SITE_KINDS } from "./sites.ts";
import { World } from "./world.ts";

/** Of a scenario: those that are dear have a small weight. */
function seedsOf({ weight }: Scenario): number {
  return weight < 3 ? 1 : 4;
}

before(sodiumReady);

test("every pair of sites takes the path that the table says, in its time, from both sides", () => {
  const lucky: Luck[] = [];
  for (const kindA of SITE_KINDS) {
    for (const kindB of SITE_KINDS) {
      const world = new World(7);
      const { nodes, what, expectation } = pairOf(world, [kindA, kindB]);
      world.join(...nodes);
      const luck = meet(world, nodes, what, expectation);
      if (luck === undefined) assertAgreed(...nodes, what);
      else lucky.push(luck);
      assertManners(world);
    }
  }
  assert.equal(judgeLuck(lucky), undefined);
});

for (const scenario of SCENARIOS) {
  test(`${scenario.name}: holds for each seed`, () => {
    for (let seed = 1; seed <= seedsOf(scenario); seed++) {
      try {
        runSeed(seed, scenario);
      } catch (error) {
        const replay = `npm run sim -- --seed ${seed} --scenario '${scenario.name}'`;
        throw new Error(`${error instanceof Error ? error.message : String(error)}; ${replay}`, { cause: error });
      }
    }
  });
}

test("a world is the same each time", () => {
  const [scenario] = SCENARIOS;
  assert.deepEqual(runSeed(11, scenario), runSeed(11, scenario));
});

test("the places of all planted bugs are there", () => {
  for (const mutant of MUTANTS) assert.ok(findPlace(mutant).source.includes(mutant.from));
});
