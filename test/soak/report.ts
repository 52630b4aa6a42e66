// What a soak run found, in words for a terminal.
import { columns, paint, say } from "../../scripts/console.ts";
import { judge, type Row, type Verdict } from "./judge.ts";
import { METRICS } from "./metrics.ts";
import type { LogVolume, SoakEvent, SoakRecord } from "./record.ts";

const row = columns(16, 10, 10, 12, 26, 8);
const MOST_TROUBLES = 8;
const MOST_MESSAGES = 4;

/** Prints everything; exit status: 0 when nothing grows, nothing was damaged, and no daemon ended by itself. */
export function report(record: SoakRecord): number {
  const { seconds, warmUpSeconds, processes, events, logs, seed } = record;
  const verdict = judge(record);
  const minutes = (value: number): string => `${(value / 60).toFixed(0)} min`;
  say(paint("bold", `soak of ${minutes(seconds)}, ${processes.length} processes, ${events.length} acts, seed ${seed}`));
  say(
    `judged: from ${minutes(warmUpSeconds)} on, ${verdict.rows.length} slopes; intervals hold for all of them with 95 %`,
  );
  showSlopes(verdict);
  showActs(events);
  showLogs(logs, seconds / 3600);
  const fatal = events.filter(({ kind }) => kind === "damage" || kind === "death");
  for (const { problem } of fatal) say(paint("red", `✗ ${problem ?? ""}`));
  for (const row of verdict.growing)
    say(paint("red", `✗ ${row.process}: ${row.metric} grows by ${perDay(row.slope.perDay, row)}`));
  if (verdict.rows.length === 0) say(paint("red", "✗ the run was too short to judge anything"));
  const isFine = fatal.length === 0 && verdict.growing.length === 0 && verdict.rows.length > 0;
  if (isFine) say(paint("green", "✓ nothing grows that matters"));
  return isFine ? 0 : 1;
}

function showSlopes({ rows }: Verdict): void {
  for (const metric of METRICS) {
    const own = rows.filter((row) => row.metric === metric.name);
    if (own.length === 0) continue;
    const unit = metric.unit === "" ? "" : `, ${metric.unit}`;
    say();
    say(paint("bold", `${metric.name}${unit}; material from ${number(metric.materialPerDay)} a day`));
    say(paint("dim", row("", "at first", "at last", "a day", "interval", "")));
    for (const each of own) {
      const { process, start, end, slope } = each;
      const interval = `${number(slope.lowPerDay)} … ${number(slope.highPerDay)}`;
      const words = row(process, number(start), number(end), number(slope.perDay), interval, "");
      say(`${words}${verdictOf(each)}`);
    }
  }
}

function verdictOf({ grows, material, lasts, slope }: Row): string {
  if (grows && material && lasts) return paint("red", "grows");
  if (grows && material) return paint("yellow", "grew, and levels off");
  if (grows) return paint("yellow", "grows, too little to matter");
  return slope.highPerDay < 0 ? "shrinks" : paint("green", "not distinguishable from zero");
}

function showActs(events: readonly SoakEvent[]): void {
  say();
  say(paint("bold", "what happened"));
  for (const [kind, all] of Map.groupBy(events, (event) => event.kind)) {
    const troubles = all.filter(({ problem }) => problem !== undefined);
    say(
      `${kind.padEnd(14)}${String(all.length).padStart(5)} times${troubles.length === 0 ? "" : `, ${troubles.length} with trouble`}`,
    );
  }
  const troubled = events.filter(({ problem }) => problem !== undefined);
  for (const { at, kind, problem = "" } of troubled.slice(0, MOST_TROUBLES)) {
    say(
      paint("yellow", `  after ${(at / 60).toFixed(1)} min, ${kind}: ${problem.split("\n")[0]?.slice(0, 160) ?? ""}`),
    );
  }
}

function showLogs(logs: readonly LogVolume[], hours: number): void {
  say();
  say(paint("bold", "logs, an hour"));
  for (const { name, bytes, lines, messages } of logs) {
    const levels = Object.entries(lines).map(([level, count]) => `${level} ${number(count / hours)}`);
    say(`${name.padEnd(16)}${number(bytes / 1024 / hours)} KiB; lines: ${levels.join(", ") || "none"}`);
    for (const [words, count] of messages.slice(0, MOST_MESSAGES))
      say(paint("dim", `  ${number(count / hours).padStart(6)} ${words.slice(0, 130)}`));
  }
}

function perDay(value: number, { unit, slope }: Row): string {
  return `${number(value)} ${unit} a day (${number(slope.lowPerDay)} … ${number(slope.highPerDay)})`.replace("  ", " ");
}

function number(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return (Object.is(Math.round(value * 100), -0) ? 0 : value).toFixed(digits);
}
