// npm run soak -- --hours N [--seed S] [--json FILE] [--svg FILE]: a mesh with a hard life, and whether anything in it grows.
//   --only-report FILE   judge and plot what an earlier run wrote with --json
// Needs root, as the lab does. docs/lab.md tells what it does and how it judges.
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { ProgressLine, say } from "../../scripts/console.ts";
import { prepareLab } from "../../scripts/lab-tools.ts";
import { chart } from "./chart.ts";
import { parseRecord, type SoakRecord } from "./record.ts";
import { report } from "./report.ts";
import { soak } from "./run.ts";

/** Of setTimeout, and far more than anybody waits. */
const MOST_HOURS = 24 * 90;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      hours: { type: "string" },
      seed: { type: "string" },
      json: { type: "string" },
      svg: { type: "string" },
      "only-report": { type: "string" },
    },
  });
  const earlier = values["only-report"];
  if (earlier !== undefined) return finish(parseRecord(readFileSync(earlier, "utf8")), { svg: values.svg });
  const hours = Number(values.hours ?? NaN);
  const seed = Number(values.seed ?? 1);
  if (!(hours > 0 && hours <= MOST_HOURS) || !Number.isSafeInteger(seed)) {
    say("npm run soak -- --hours N [--seed S] [--json FILE] [--svg FILE]: N is above zero, S a whole number");
    return 2;
  }
  if (!(await prepareLab())) return 1;
  const progress = new ProgressLine();
  const onRecord = (record: SoakRecord): void => save(record, values.json);
  const onProgress = (text: string): void => progress.update(text);
  const record = await soak({ seed, seconds: hours * 3600, onProgress, onRecord });
  progress.clear();
  return finish(record, values);
}

function finish(
  record: SoakRecord,
  files: { readonly json?: string | undefined; readonly svg?: string | undefined },
): number {
  save(record, files.json);
  if (files.svg !== undefined) writeFileSync(files.svg, chart(record));
  return report(record);
}

/** At once or not at all: a run that is ended while it writes leaves the record of before. */
function save(record: SoakRecord, file: string | undefined): void {
  if (file === undefined) return;
  writeFileSync(`${file}.part`, `${JSON.stringify(record)}\n`);
  renameSync(`${file}.part`, file);
}

process.exit(await main());
