// Runs node:test files and prints one line per test file, with every failure in full.
import { relative } from "node:path";
import { finished } from "node:stream/promises";
import { run } from "node:test";
import { inspect } from "node:util";
import { repository } from "./command.ts";
import { paint, say } from "./console.ts";

/** Far more than any single test takes: where nothing was heard for so long, a test or a file hangs. */
const SILENCE_MS = 300_000;

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export async function runNodeTests(files: readonly string[], concurrency: number): Promise<Counts> {
  if (files.length === 0) return { passed: 0, failed: 0, skipped: 0 };
  // The settings of whoever runs the tests are none of theirs.
  for (const name of Object.keys(process.env)) if (name.startsWith("MESHD_")) Reflect.deleteProperty(process.env, name);
  const hung = new AbortController();
  const watchdog = setTimeout(() => {
    say(`  nothing was heard of the tests for ${SILENCE_MS / 1000} s: ended`);
    hung.abort();
  }, SILENCE_MS);
  const stream = run({ files: [...files], concurrency, signal: hung.signal, cwd: repository });
  const totals = { passed: 0, failed: 0, skipped: 0 };
  stream.on("test:pass", (test) => {
    if (test.details.type === "suite") return;
    if (test.skip === undefined) {
      totals.passed += 1;
    } else {
      totals.skipped += 1;
      say(`  ${paint("yellow", "-")} ${test.name} was skipped: ${test.skip}`);
    }
  });
  stream.on("test:fail", (test) => {
    // A suite fails when one of its tests does; that test has been counted.
    if (failureType(test.details.error) === "subtestsFailed") return;
    totals.failed += 1;
    say(`  ${paint("red", "✗")} ${test.name}`);
    const { error } = test.details;
    say(inspect("cause" in error ? error.cause : error, { depth: 4 }).replaceAll(/^/gm, "      "));
  });
  for (const output of ["test:stdout", "test:stderr"] as const) {
    stream.on(output, ({ message }: { message: string }) => process.stdout.write(message));
  }
  stream.on("test:summary", ({ file, counts, duration_ms }) => {
    if (file !== undefined) {
      const { passed, skipped } = counts;
      const failed = counts.tests - passed - skipped - counts.todo;
      printFile(relative(repository, file), { passed, failed, skipped }, duration_ms);
    }
  });
  // Reading the stream is what drives it.
  await finished(stream.on("data", () => watchdog.refresh()));
  clearTimeout(watchdog);
  return totals;
}

function failureType(error: Error): unknown {
  return "failureType" in error ? error.failureType : undefined;
}

function printFile(name: string, counts: Counts, durationMs: number): void {
  const mark = counts.failed === 0 ? paint("green", "✓") : paint("red", "✗");
  const failures = counts.failed === 0 ? "" : `, ${counts.failed} failed`;
  say(`  ${mark} ${name} ${paint("dim", `${counts.passed} passed${failures}, ${(durationMs / 1000).toFixed(1)} s`)}`);
}
