// npm run lab -- idle: what a mesh without traffic sends and costs.
import { IDLE_LIMITS, type IdleNode, type IdleResult, idleTrafficKinds, measureIdle } from "../test/lab/index.ts";
import { columns, paint, ProgressLine, say } from "./console.ts";
import { saveJson } from "./json-file.ts";

export interface IdleRun {
  readonly nodes: number;
  readonly minutes: number;
  readonly jsonFile: string | undefined;
}

const SETTLE_SECONDS = 75;
const SHOWN_DIFFERENCES = 20;
const row = columns(22, 10, 10, 10);

/** Exit status: 0 when nothing but keepalives was sent, and at the cost that is allowed. */
export async function runIdle({ nodes, minutes, jsonFile }: IdleRun): Promise<number> {
  say(paint("bold", `${nodes} nodes without traffic, ${minutes} min after ${SETTLE_SECONDS} s of rest`));
  const progress = new ProgressLine();
  const onProgress = (text: string): void => progress.update(text);
  const result = await measureIdle({ nodes, settleSeconds: SETTLE_SECONDS, seconds: minutes * 60, onProgress });
  progress.clear();
  describe(result);
  saveJson(jsonFile, result);
  return differencesOf(result).length === 0 ? 0 : 1;
}

function differencesOf({ chatter, expense }: IdleResult): readonly string[] {
  return [...chatter, ...expense];
}

function describe(result: IdleResult): void {
  const { nodes, seconds, coordinator } = result;
  const differences = differencesOf(result);
  say(paint("bold", `  ${row("of each node", "least", "median", "most")}`));
  const perMinute = (count: number): number => (count / seconds) * 60;
  for (const kind of idleTrafficKinds) line(`${kind} packets/min`, nodes, ({ sent }) => perMinute(sent[kind]), 1);
  line("packets in/min", nodes, ({ received }) => perMinute(received), 1);
  line("CPU, % of a core", nodes, ({ cpuShare }) => cpuShare * 100, 3, IDLE_LIMITS.cpuShare * 100);
  line("wake-ups/s", nodes, (node) => node.wakeUpsPerSecond, 2, IDLE_LIMITS.wakeUpsPerSecond);
  for (const thread of new Set(nodes.flatMap(({ wakeUpsByThread }) => Object.keys(wakeUpsByThread)))) {
    line(`  ${thread}`, nodes, ({ wakeUpsByThread }) => (wakeUpsByThread[thread] ?? 0) / seconds, 2);
  }
  line("resident MB", nodes, ({ residentMb }) => residentMb, 1, IDLE_LIMITS.residentMb);
  const { cpuShare, residentMb } = coordinator;
  say(`  the coordinator: ${(cpuShare * 100).toFixed(2)} % of a core, ${residentMb.toFixed(0)} MB resident`);
  if (differences.length === 0) say(paint("green", "  ✓ nothing but keepalives"));
  for (const difference of differences.slice(0, SHOWN_DIFFERENCES)) say(paint("red", `  ✗ ${difference}`));
  if (differences.length > SHOWN_DIFFERENCES)
    say(paint("red", `  ✗ and ${differences.length - SHOWN_DIFFERENCES} more`));
}

function line(
  name: string,
  nodes: readonly IdleNode[],
  value: (node: IdleNode) => number,
  digits: number,
  limit?: number,
): void {
  const values = nodes.map(value).toSorted((a, b) => a - b);
  const [least = 0, median = 0, most = 0] = [values[0], values[values.length >> 1], values.at(-1)];
  const texts = [least, median, most].map((each) => each.toFixed(digits));
  say(`  ${row(name, ...texts)}${limit === undefined ? "" : `at most ${limit}`}`);
}
