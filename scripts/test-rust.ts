// The Rust workspace's tests; built with debug assertions and overflow checks on.
import { join } from "node:path";
import { repository, runCommand } from "./command.ts";
import { ProgressLine, say, seconds } from "./console.ts";
import type { Counts } from "./test-node.ts";

export async function runRustTests(): Promise<Counts> {
  const started = performance.now();
  const progress = new ProgressLine();
  let compiled = 0;
  const counts = { passed: 0, failed: 0, skipped: 0 };
  const result = await runCommand("cargo", ["test", "--workspace", "--locked", "--no-fail-fast"], {
    cwd: join(repository, "native"),
    onLine: (line) => {
      const crate = /^\s+Compiling (\S+)/.exec(line)?.[1];
      if (crate !== undefined) progress.update(`  ${++compiled} crates, ${seconds(started)}: ${crate}`);
      const summary = /^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored/.exec(line);
      counts.passed += Number(summary?.[1] ?? 0);
      counts.failed += Number(summary?.[2] ?? 0);
      counts.skipped += Number(summary?.[3] ?? 0);
    },
  });
  progress.clear();
  if (result.code !== 0) {
    say(result.output);
    counts.failed = Math.max(counts.failed, 1);
  }
  return counts;
}
