// What happens to networks in a day, and that traffic is back in time: the scenarios of `npm run lab -- recovery` as tests.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { recoveryScenarios } from "../lab/index.ts";

const keptLogs = fileURLToPath(new URL("../../build/test-logs/recovery/", import.meta.url));

for (const { names, run } of recoveryScenarios) {
  test(names.join(", "), { timeout: 120_000 }, async () => {
    for (const { name, measuredMs, limitMs, problems } of await run(keptLogs)) {
      console.log(`# ${name}: ${measuredMs.toFixed(0)} ms`);
      assert.deepEqual(problems, [], name);
      assert.ok(measuredMs < limitMs, `${name}: ${measuredMs.toFixed(0)} ms, at most ${limitMs}`);
    }
  });
}
