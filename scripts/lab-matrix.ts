// npm run lab -- matrix: every pair of site types, measured and compared with what must come out.
import {
  type Cell,
  isSiteName,
  type MatrixSummary,
  measureCells,
  planMatrix,
  siteNames,
  summarize,
} from "../test/lab/index.ts";
import { columns, ProgressLine, paint, say, seconds } from "./console.ts";
import { saveJson } from "./json-file.ts";

export interface MatrixRun {
  /** Separated by commas. Default: all. */
  readonly sites: string | undefined;
  readonly roles: string;
  readonly times: number;
  /** Cells measured at once. */
  readonly jobs: number;
  readonly jsonFile: string | undefined;
}

const row = columns(22, 22, 12, 12, 22, 12);

/** Exit status: 0 when every pair is as it must be, and the medians are. */
export async function runMatrix({ sites, roles, times, jobs, jsonFile }: MatrixRun): Promise<number> {
  const names = sites === undefined ? siteNames : sites.split(",");
  const unknown = names.find((name) => !isSiteName(name));
  if (unknown !== undefined) {
    say(`no site "${unknown}"; there are ${siteNames.join(", ")}`);
    return 2;
  }
  if ((roles !== "one" && roles !== "both") || !(times >= 1) || !(jobs >= 1)) {
    say("--roles is one or both, --times and --jobs are numbers from 1");
    return 2;
  }
  const plans = planMatrix({ sites: names.filter(isSiteName), roles, times });
  const started = performance.now();
  const cells: Cell[] = [];
  const progress = new ProgressLine();
  say(paint("bold", row("left", "right", "first ping", "direct", "path left/right", "rtt ms")));
  await measureCells(plans, jobs, (cell) => {
    cells.push(cell);
    progress.clear();
    say(describe(cell));
    progress.update(`${cells.length}/${plans.length}, ${seconds(started)}`);
  });
  progress.clear();
  const summary = summarize(cells);
  say(`\n${cells.length} cells in ${seconds(started)}`);
  show(summary);
  saveJson(jsonFile, { summary, cells });
  return summary.isAsItMustBe ? 0 : 1;
}

/** The one that joins last has a "+". */
function describe(cell: Cell): string {
  const path = cell.leftPath === cell.rightPath ? cell.leftPath : `${cell.leftPath}/${cell.rightPath}`;
  const rtt = [cell.rttBeforeMs, cell.rttAfterMs].map((ms) => ms?.toFixed(0) ?? "-").join(" → ");
  const [left, right] = cell.first === "left" ? [cell.left, `${cell.right} +`] : [`${cell.left} +`, cell.right];
  const text = row(left, right, milliseconds(cell.firstPingMs), milliseconds(cell.directMs), path, rtt);
  if (cell.differences.length > 0) return `${text} ${paint("red", `✗ ${cell.differences.join("; ")}`)}`;
  return `${text} ${paint("green", "✓")}${cell.late.length > 0 ? paint("yellow", ` ${cell.late.join("; ")}`) : ""}`;
}

function show({ cells, direct, differing, times }: MatrixSummary): void {
  say(`${direct} direct, ${cells - differing.length} as they must be, ${differing.length} not`);
  for (const { what, limitMs, cells: count, medianMs, worstMs, isKept } of times) {
    const mark = isKept ? paint("green", "✓") : paint("red", "✗");
    const text = `median ${milliseconds(medianMs)} of ${count} (at most ${limitMs}), worst ${milliseconds(worstMs)}`;
    say(`${mark} ${what.padEnd(30)}${text}`);
  }
  if (differing.length > 0) say(paint("bold", "\nnot as they must be:"));
  for (const cell of differing) say(describe(cell));
}

function milliseconds(value: number | undefined): string {
  return value === undefined ? "-" : `${value.toFixed(0)} ms`;
}
