// npm run lab -- matrix: every pair of site types, measured and compared with what must come out.
import { writeFileSync } from "node:fs";
import { type Cell, isSiteName, measureCell, siteNames, siteType, type SiteName } from "../test/lab/index.ts";
import { ProgressLine, paint, say, seconds } from "./console.ts";

const columns = [24, 24, 12, 12, 24, 16] as const;

/** Exit status: 0 when every pair is as it must be. */
export async function runMatrix(wanted: string | undefined, jsonFile: string | undefined): Promise<number> {
  const names = wanted === undefined ? siteNames : wanted.split(",");
  const unknown = names.find((name) => !isSiteName(name));
  if (unknown !== undefined) {
    say(`no site "${unknown}"; there are ${siteNames.join(", ")}`);
    return 2;
  }
  const pairs = pairsOf(names.filter(isSiteName));
  const started = performance.now();
  const cells: Cell[] = [];
  const progress = new ProgressLine();
  say(paint("bold", row("left", "right", "first ping", "direct", "path left/right", "rtt")));
  for (const [left, right] of pairs) {
    progress.update(`${cells.length + 1}/${pairs.length} ${left} - ${right}`);
    const cell = await measureCell(left, right);
    progress.clear();
    cells.push(cell);
    say(describe(cell));
  }
  const differing = cells.filter((cell) => cell.differences.length > 0);
  const direct = cells.filter((cell) => cell.directMs !== undefined);
  say(
    `\n${cells.length} pairs in ${seconds(started)}: ${direct.length} direct, ` +
      `${cells.length - differing.length} as they must be, ${differing.length} not`,
  );
  if (jsonFile !== undefined) writeFileSync(jsonFile, `${JSON.stringify(cells, undefined, 2)}\n`);
  return differing.length === 0 ? 0 : 1;
}

/** Each pair in one order; sites whose hosts are together make a pair with themselves only. */
function pairsOf(names: readonly SiteName[]): readonly (readonly [SiteName, SiteName])[] {
  return names.flatMap((left, index) =>
    names
      .slice(index)
      .filter((right) => left === right || (siteType(left).together ?? siteType(right).together) !== true)
      .map((right) => [left, right] as const),
  );
}

function describe(cell: Cell): string {
  const path = cell.leftPath === cell.rightPath ? cell.leftPath : `${cell.leftPath}/${cell.rightPath}`;
  const rtt = [cell.rttBeforeMs, cell.rttAfterMs].map((ms) => ms?.toFixed(0) ?? "-").join(" → ");
  const text = row(cell.left, cell.right, milliseconds(cell.firstPingMs), milliseconds(cell.directMs), path, rtt);
  if (cell.differences.length === 0) return `${text} ${paint("green", "✓")}`;
  return `${text} ${paint("red", `✗ ${cell.differences.join("; ")}`)}`;
}

function row(...texts: readonly string[]): string {
  return texts.map((text, column) => text.padEnd(columns[column] ?? 0)).join("");
}

function milliseconds(value: number | undefined): string {
  return value === undefined ? "-" : `${value.toFixed(0)} ms`;
}
