// Fuzzes one native target with libFuzzer (native/fuzz), and builds it.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { repository, runCommand } from "../../scripts/command.ts";
import { ProgressLine, paint, say, seconds } from "../../scripts/console.ts";
import type { Outcome, Share } from "./outcome.ts";
import { keepRegression, regressionsOf } from "./regressions.ts";

export const PLANTED_NATIVE = "planted-native";

const FOLDER = join(repository, "native/fuzz");
const HANG_SECONDS = 10;
const MAX_MEMORY_MB = 1024;
/** What `cargo fuzz` passes: rustc's LLVM instruments each edge and each comparison for libFuzzer. */
const INSTRUMENTATION = [
  "-Cpasses=sancov-module",
  "-Cllvm-args=-sanitizer-coverage-level=4",
  "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
  "-Cllvm-args=-sanitizer-coverage-pc-table",
  "-Cllvm-args=-sanitizer-coverage-trace-compares",
].join(" ");

export interface NativeFuzzer {
  readonly program: string;
  /** The longest input of each target. */
  readonly targets: ReadonlyMap<string, number>;
}

/** Says what it builds; undefined (with the compiler's words printed) when that failed. */
export async function buildNative(): Promise<NativeFuzzer | undefined> {
  const started = performance.now();
  const progress = new ProgressLine();
  const host = /host: (\S+)/.exec((await runCommand("rustc", ["-vV"])).output)?.[1];
  if (host === undefined) {
    failed("rustc was not found", "install Rust (rustup.rs)");
    return;
  }
  const folder = join(process.env.CARGO_TARGET_DIR ?? join(FOLDER, "target"));
  const program = join(folder, host, "release/meshd-fuzz");
  if (!existsSync(program)) say("Building the native fuzzer (about two minutes the first time) ...");
  let compiled = 0;
  // With a target of its own the flags are not for build scripts, which run without libFuzzer. Its lockfile follows the product's crates.
  const result = await runCommand("cargo", ["build", "--release", "--target", host], {
    cwd: FOLDER,
    env: { RUSTFLAGS: INSTRUMENTATION },
    onLine: (line) => {
      const name = /^\s+Compiling (\S+)/.exec(line)?.[1];
      if (name !== undefined) progress.update(`  ${++compiled} crates, ${seconds(started)}: ${name}`);
    },
  });
  progress.clear();
  if (result.code !== 0) {
    failed("the native fuzzer does not compile", result.output);
    return;
  }
  const list = await runCommand(program, [], { env: { MESHD_FUZZ_LIST: "1" } });
  const targets = [...list.output.matchAll(/^(\S+) (\d+)$/gm)].map(
    (match) => [match[1] ?? "", Number(match[2])] as const,
  );
  return { program, targets: new Map(targets) };
}

function failed(what: string, output: string): undefined {
  say(`${paint("red", "✗")} ${what}`);
  say(output);
  return undefined;
}

export async function runNative(fuzzer: NativeFuzzer, target: string, share: Share): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), "meshd-fuzz-"));
  try {
    return await fuzzIn(folder, fuzzer, target, share);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function fuzzIn(folder: string, fuzzer: NativeFuzzer, target: string, share: Share): Promise<Outcome> {
  const [corpus, artifacts] = [mkdtempSync(join(folder, "corpus-")), mkdtempSync(join(folder, "found-"))];
  await runCommand(fuzzer.program, [], { env: { MESHD_FUZZ_TARGET: target, MESHD_FUZZ_SEEDS: corpus } });
  const regressions = regressionsOf("native", target).map(({ file }) => file);
  const started = performance.now();
  let figures = { inputs: 0, edges: 0, corpus: 0 };
  const options = {
    seed: share.seed,
    max_total_time: Math.max(1, Math.round(share.milliseconds / 1000)),
    runs: Number.isFinite(share.inputs) ? share.inputs : -1,
    max_len: fuzzer.targets.get(target) ?? 1024,
    timeout: HANG_SECONDS,
    rss_limit_mb: MAX_MEMORY_MB,
    // Without it the inputs grow only slowly from the length of the seeds.
    len_control: 20,
    use_cmp: Number(share.guided),
    reduce_inputs: 1,
    print_final_stats: 1,
    artifact_prefix: `${artifacts}/`,
  };
  const args = Object.entries(options).map(([name, value]) => `-${name}=${value}`);
  const seedInputs = regressions.length === 0 ? [] : [`-seed_inputs=${regressions.join(",")}`];
  const result = await runCommand(fuzzer.program, [...args, ...seedInputs, corpus], {
    env: { MESHD_FUZZ_TARGET: target, ...(!share.guided && { MESHD_FUZZ_BLIND: "1" }) },
    onLine: (line) => {
      const match = /^#(\d+)\s.*cov: (\d+).* corp: (\d+)/.exec(line);
      if (match === null) return;
      figures = { inputs: Number(match[1]), edges: Number(match[2]), corpus: Number(match[3]) };
      share.onProgress?.(figures);
    },
  });
  const executed = /stat::number_of_executed_units:\s+(\d+)/.exec(result.output)?.[1];
  figures = { ...figures, inputs: Number(executed ?? figures.inputs) };
  const problem = result.code === 0 ? undefined : problemOf(result.output, artifacts, target, share.keep);
  return { target, language: "native", ...figures, seconds: (performance.now() - started) / 1000, problem };
}

function problemOf(output: string, artifacts: string, target: string, keep: boolean): Outcome["problem"] {
  const panic = /panicked at (.*)\n(.*)/.exec(output);
  const other = /ERROR: libFuzzer: (.*)/.exec(output)?.[1] ?? output.split("\n").slice(-3).join(" ");
  const message = panic === null ? other : `${panic[2] ?? ""} at ${panic[1] ?? ""}`;
  const [artifact] = readdirSync(artifacts);
  if (artifact === undefined || !keep) return { message, file: undefined };
  return { message, file: keepRegression("native", target, new Uint8Array(readFileSync(join(artifacts, artifact)))) };
}

/** Runs one input; its words if something is wrong. */
export async function replayNative(
  { program }: NativeFuzzer,
  target: string,
  file: string,
): Promise<string | undefined> {
  const result = await runCommand(program, [file], { env: { MESHD_FUZZ_TARGET: target, RUST_BACKTRACE: "1" } });
  return result.code === 0 ? undefined : result.output;
}
