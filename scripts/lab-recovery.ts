// npm run lab -- recovery: what becomes of traffic when networks, relays and the coordinator fail, from real daemons.
import { join } from "node:path";
import { type Recovery, recoveryScenarios } from "../test/lab/index.ts";
import { repository } from "./command.ts";
import { columns, paint, ProgressLine, say } from "./console.ts";
import { saveJson } from "./json-file.ts";

const row = columns(44, 12, 10);
const keptLogs = join(repository, "build/lab-recovery");

/** Exit status: 0 when everything came back within its limit. */
export async function runRecovery(jsonFile: string | undefined): Promise<number> {
  const results: Recovery[] = [];
  const progress = new ProgressLine();
  say(paint("bold", row("what happens", "back after", "at most")));
  for (const scenario of recoveryScenarios) {
    progress.update(scenario.names.join(", "));
    const outcome = await scenario.run(keptLogs).catch((error: unknown) => scenario.names.map(failed(error)));
    progress.clear();
    results.push(...outcome);
    for (const each of outcome) show(each);
  }
  saveJson(jsonFile, results);
  if (results.every(isFine)) return 0;
  say(`logs of what failed: ${keptLogs}`);
  return 1;
}

function failed(error: unknown): (name: string) => Recovery {
  const problem = error instanceof Error ? error.message : String(error);
  return (name) => ({ name, measuredMs: NaN, limitMs: NaN, problems: [problem] });
}

function isFine({ measuredMs, limitMs, problems }: Recovery): boolean {
  return measuredMs < limitMs && problems.length === 0;
}

function show(recovery: Recovery): void {
  const { name, measuredMs, limitMs, problems } = recovery;
  const mark = isFine(recovery) ? paint("green", "✓") : paint("red", "✗");
  const words = problems.length === 0 ? "" : paint("red", ` ${problems.join("; ")}`);
  say(`${row(name, `${(measuredMs / 1000).toFixed(2)} s`, `${(limitMs / 1000).toFixed(1)} s`)}${mark}${words}`);
}
