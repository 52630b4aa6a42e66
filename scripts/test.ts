// npm test: builds the product, then runs every suite and closes with one line of counts.
//   npm test [-- SUITE...]    unit, rust, sim, e2e
import { globSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { repository } from "./command.ts";
import { paint, say, seconds } from "./console.ts";
import { ensureDebianTools } from "./debian.ts";
import { buildLabTools } from "./lab-tools.ts";
import { buildProduct } from "./product.ts";
import { runRustTests } from "./test-rust.ts";
import { runNodeTests, type Counts } from "./test-node.ts";

interface Suite {
  readonly name: string;
  readonly run: () => Promise<Counts>;
}

const nodeSuite = (name: string, concurrency: number): Suite => ({
  name,
  run: () => runNodeTests(globSync(`test/${name}/**/*.test.ts`, { cwd: repository }).toSorted(), concurrency),
});

const suites: readonly Suite[] = [
  { name: "rust", run: runRustTests },
  nodeSuite("unit", availableParallelism()),
  nodeSuite("sim", availableParallelism()),
  // Real daemons: times are measured, so one file after the other.
  nodeSuite("e2e", 1),
];

async function main(): Promise<number> {
  const wanted = process.argv.slice(2);
  const unknown = wanted.find((name) => !suites.some((suite) => suite.name === name));
  if (unknown !== undefined) {
    say(`no suite "${unknown}"; there are ${suites.map((suite) => suite.name).join(", ")}`);
    return 2;
  }
  const chosen = suites.filter((suite) => wanted.length === 0 || wanted.includes(suite.name));
  const needsLab = chosen.some((suite) => suite.name === "e2e");
  if (needsLab && process.getuid?.() !== 0) {
    say(
      "The end-to-end tests make network namespaces: run npm test as root, or `npm test -- rust unit sim` without them.",
    );
    return 1;
  }
  if (needsLab && !(await ensureDebianTools())) return 1;
  if (!(await buildProduct()) || (needsLab && !(await buildLabTools()))) {
    say("0 passed, 1 failed");
    return 1;
  }
  const totals = { passed: 0, failed: 0, skipped: 0 };
  for (const suite of chosen) {
    const started = performance.now();
    say(`\n${paint("bold", suite.name)}`);
    const counts = await suite.run();
    say(`  ${closingLine(counts)} in ${seconds(started)}`);
    for (const key of ["passed", "failed", "skipped"] as const) totals[key] += counts[key];
  }
  say(`\n${closingLine(totals)}`);
  return totals.failed === 0 && totals.passed > 0 ? 0 : 1;
}

function closingLine({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed${skipped === 0 ? "" : `, ${skipped} skipped`}`;
}

process.chdir(join(repository));
process.exitCode = await main();
