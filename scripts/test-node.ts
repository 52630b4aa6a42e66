// Runs node:test files and prints one line per test file, with every failure in full.
import { relative } from "node:path";
import { finished } from "node:stream/promises";
import { run } from "node:test";
import { inspect } from "node:util";
import { repository } from "./command.ts";
import { paint, say } from "./console.ts";

export interface Counts {
  readonly passed: number;
  readonly failed: number;
}

interface FileProgress {
  passed: number;
  failed: number;
}

export async function runNodeTests(files: readonly string[], concurrency: number): Promise<Counts> {
  if (files.length === 0) return { passed: 0, failed: 0 };
  const progress = new Map<string, FileProgress>();
  const stream = run({ files: [...files], concurrency, cwd: repository });
  const totals = { passed: 0, failed: 0 };
  // node:test reports a file that runs as one more test around its own; only those it contains are counted.
  const count = (file: string | undefined, key: "passed" | "failed") => {
    totals[key] += 1;
    const name = file === undefined ? "?" : relative(repository, file);
    const entry = progress.get(name) ?? { passed: 0, failed: 0 };
    entry[key] += 1;
    progress.set(name, entry);
  };
  stream.on("test:pass", (test) => {
    if (test.details.type !== "suite") count(test.file, "passed");
  });
  stream.on("test:fail", (test) => {
    // A suite fails when one of its tests does; that test has been counted.
    if (failureType(test.details.error) === "subtestsFailed") return;
    count(test.file, "failed");
    say(`  ${paint("red", "✗")} ${test.name}`);
    say(inspect(test.details.error.cause, { depth: 4 }).replaceAll(/^/gm, "      "));
  });
  for (const output of ["test:stdout", "test:stderr"] as const) {
    stream.on(output, ({ message }: { message: string }) => process.stdout.write(message));
  }
  stream.on("test:summary", ({ file, duration_ms }) => {
    if (file !== undefined) printFile(relative(repository, file), duration_ms, progress);
  });
  // Reading the stream is what drives it.
  await finished(stream.resume());
  return totals;
}

function failureType(error: Error): unknown {
  return "failureType" in error ? error.failureType : undefined;
}

function printFile(name: string, durationMs: number, progress: ReadonlyMap<string, FileProgress>): void {
  const counts = progress.get(name) ?? { passed: 0, failed: 0 };
  const mark = counts.failed === 0 ? paint("green", "✓") : paint("red", "✗");
  const failures = counts.failed === 0 ? "" : `, ${counts.failed} failed`;
  say(`  ${mark} ${name} ${paint("dim", `${counts.passed} passed${failures}, ${(durationMs / 1000).toFixed(1)} s`)}`);
}
