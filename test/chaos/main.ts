// npm run chaos -- [--seed S] [--only FAULT,...|list] [--times N] [--long] [--json FILE]
// Real daemons under traffic, and everything that happens to computers and networks. docs/chaos.md tells more.
import { join } from "node:path";
import { parseArgs } from "node:util";
import { repository } from "../../scripts/command.ts";
import { columns, paint, ProgressLine, say, seconds } from "../../scripts/console.ts";
import { saveJson } from "../../scripts/json-file.ts";
import { prepareLab } from "../../scripts/lab-tools.ts";
import { RECOVERY_LIMIT_MS } from "./attempt.ts";
import { buildClockShim } from "./clock-shim.ts";
import type { Fault } from "./fault.ts";
import { faults } from "./faults/index.ts";
import { type Row, runChaos } from "./runner.ts";

const line = columns(64, 8, 10, 10, 6);
const keepLogs = join(repository, "build/chaos/logs");
/** Of one row: others say the same. */
const MAX_SHOWN = 8;

interface Choice {
  readonly chosen: readonly Fault[];
  readonly seed: number;
  readonly times: number | undefined;
  readonly long: boolean;
  readonly jsonFile: string | undefined;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seed: { type: "string" },
      only: { type: "string" },
      times: { type: "string" },
      long: { type: "boolean", default: false },
      json: { type: "string" },
    },
  });
  if (values.only === "list") {
    for (const { name, words, times } of faults) say(`${name.padEnd(24)}${String(times).padEnd(4)}${words}`);
    return 0;
  }
  const names = values.only?.split(",");
  const unknown = names?.find((name) => !faults.some((fault) => fault.name === name));
  if (unknown !== undefined) {
    say(`no fault "${unknown}"; --only list names them`);
    return 2;
  }
  const seed = Number(values.seed ?? Date.now() % 1_000_000);
  const times = values.times === undefined ? undefined : Number(values.times);
  if (!Number.isSafeInteger(seed) || (times !== undefined && !(Number.isSafeInteger(times) && times > 0))) {
    say("--seed and --times are whole numbers");
    return 2;
  }
  if (!(await prepareLab())) return 1;
  const chosen = faults.filter(({ name }) => names?.includes(name) ?? true);
  return run({ chosen, seed, times, long: values.long, jsonFile: values.json });
}

async function run({ chosen, seed, times, long, jsonFile }: Choice): Promise<number> {
  const started = performance.now();
  const progress = new ProgressLine();
  say(`seed ${seed}; the same again: npm run chaos -- --seed ${seed}`);
  say(paint("bold", line("fault", "tried", "p50", "max", "lost")));
  const rows = await runChaos({
    faults: chosen,
    ...{ seed, times, long, keepLogs },
    clockShim: await buildClockShim(),
    onProgress: (text) => progress.update(text),
    onRow: (row) => {
      progress.clear();
      show(row);
    },
  });
  saveJson(jsonFile, { seed, long, rows });
  const red = rows.filter((row) => !isGreen(row));
  say(`${rows.length - red.length} of ${rows.length} rows green ${paint("dim", seconds(started))}`);
  if (red.length > 0) say(`logs of what failed: ${keepLogs}`);
  return red.length === 0 ? 0 : 1;
}

function isGreen({ problems, lost, recoveryMs }: Row): boolean {
  return problems.length === 0 && lost === 0 && recoveryMs.max <= RECOVERY_LIMIT_MS;
}

function show(row: Row): void {
  const { words, tried, recoveryMs, lost, problems } = row;
  const mark = isGreen(row) ? paint("green", "✓") : paint("red", "✗");
  const [p50, max] = [recoveryMs.p50, recoveryMs.max].map((ms) => `${(ms / 1000).toFixed(2)} s`);
  say(`${line(words, String(tried), p50 ?? "", max ?? "", String(lost))}${mark}`);
  for (const problem of problems.slice(0, MAX_SHOWN)) say(paint("red", `    ${problem}`));
  if (problems.length > MAX_SHOWN) say(paint("red", `    and ${problems.length - MAX_SHOWN} more`));
}

process.exit(await main());
