// npm run lab -- budget: what peers that cannot be reached directly cost a node, counted on the wire.
import { BUDGET_CAPS, type BudgetResult, budgetRoles, measureBudget } from "../test/lab/index.ts";
import { columns, paint, ProgressLine, say } from "./console.ts";
import { saveJson } from "./json-file.ts";

export interface BudgetRun {
  readonly peers: number;
  readonly minutes: number;
  readonly jsonFile: string | undefined;
}

const row = columns(10, 10, 10, 16);
const SPARKS = "▁▂▃▄▅▆▇█";
const SPARK_WIDTH = 100;

/** Exit status: 0 when every cap was kept. */
export async function runBudget({ peers, minutes, jsonFile }: BudgetRun): Promise<number> {
  const results: BudgetResult[] = [];
  for (const role of budgetRoles) {
    say(paint("bold", `${peers} unreachable peers, ${minutes} min, the node is the ${role} side`));
    const progress = new ProgressLine();
    const result = await measureBudget({
      role,
      peers,
      seconds: minutes * 60,
      onProgress: (text) => progress.update(text),
    });
    progress.clear();
    results.push(result);
    describe(result);
  }
  saveJson(jsonFile, results);
  return results.every(({ differences }) => differences.length === 0) ? 0 : 1;
}

function describe(result: BudgetResult): void {
  const { attempts, probesPerSecond, peakPerSecond, mostExtraSockets, probes, differences } = result;
  const caps = BUDGET_CAPS;
  const most = (values: readonly number[]): number => Math.max(0, ...values);
  say(`  ${sparkline(probesPerSecond)}  probes per second, at most ${most(probesPerSecond)}`);
  say(
    [
      `  any second        ${peakPerSecond} probes (cap ${caps.packetsPerSecond}), ${probes} in all`,
      `  birthday attempts ${attempts.length}, the largest of ${most(attempts.map(({ packets }) => packets))} packets (cap ${caps.attemptPackets})`,
      `  extra sockets     ${mostExtraSockets} (cap ${caps.extraSockets})`,
    ].join("\n"),
  );
  say(paint("bold", `  ${row("peer", "probes", "attempts", "pings answered")}why it is relayed`));
  for (const { name, probes: toPeer, attempts: tries, pingsSent, pingsAnswered, blocker } of result.peers) {
    say(`  ${row(name, String(toPeer), String(tries), `${pingsAnswered}/${pingsSent}`)}${blocker}`);
  }
  if (differences.length === 0) say(paint("green", "  ✓ every cap was kept\n"));
  else for (const difference of differences) say(paint("red", `  ✗ ${difference}`));
}

/** The highest of each stretch, so that no peak is averaged away. */
function sparkline(values: readonly number[]): string {
  const width = Math.min(SPARK_WIDTH, values.length);
  const stretches = Array.from({ length: width }, (_, index) => {
    const [from, until] = [index, index + 1].map((edge) => Math.floor((edge * values.length) / width));
    return Math.max(...values.slice(from, until));
  });
  const top = Math.max(1, ...stretches);
  return stretches.map((value) => SPARKS[Math.round((value / top) * (SPARKS.length - 1))]).join("");
}
