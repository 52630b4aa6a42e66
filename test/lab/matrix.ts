// All cells of the matrix, and what they say together: the times of a way are kept or not by their median. Pure.
import type { Cell, CellPlan } from "./cell.ts";
import { FIRST_PING_WITHIN_MS, type Way, withinMs } from "./expected-path.ts";
import { type SiteName, siteType } from "./sites.ts";

export interface MatrixOptions {
  readonly sites: readonly SiteName[];
  /** Each pair once, or once with each node as the second to join. */
  readonly roles: "one" | "both";
  /** How often the whole matrix is measured. */
  readonly times: number;
}

export function planMatrix({ sites, roles, times }: MatrixOptions): readonly CellPlan[] {
  const round = pairsOf(sites).flatMap(([left, right]): readonly CellPlan[] => {
    const cell: CellPlan = { left, right, first: "left" };
    // Two sites of one type are the same pair in both roles.
    return roles === "both" && left !== right ? [cell, { ...cell, first: "right" }] : [cell];
  });
  return Array.from({ length: times }, () => round).flat();
}

/** Each pair in one order; sites whose hosts are together make a pair with themselves only. */
function pairsOf(sites: readonly SiteName[]): readonly (readonly [SiteName, SiteName])[] {
  return sites.flatMap((left, index) =>
    sites
      .slice(index)
      .filter((right) => left === right || (siteType(left).together ?? siteType(right).together) !== true)
      .map((right) => [left, right] as const),
  );
}

export interface TimeSummary {
  readonly what: string;
  readonly limitMs: number;
  readonly cells: number;
  readonly medianMs: number;
  readonly worstMs: number;
  readonly isKept: boolean;
}

export interface MatrixSummary {
  readonly cells: number;
  readonly direct: number;
  readonly differing: readonly Cell[];
  readonly times: readonly TimeSummary[];
  /** No cell differs, and all medians are within the limits. */
  readonly isAsItMustBe: boolean;
}

export function summarize(cells: readonly Cell[]): MatrixSummary {
  const differing = cells.filter((cell) => cell.differences.length > 0);
  const firstPings = (overTcp: boolean): readonly number[] =>
    cells.flatMap((cell) => (usesTcp(cell) === overTcp ? (cell.firstPingMs ?? []) : []));
  const ways = Object.keys(withinMs) as readonly Way[];
  const times = [
    summarizeTime("first ping", firstPings(false), FIRST_PING_WITHIN_MS),
    summarizeTime("first ping, UDP blocked", firstPings(true), FIRST_PING_WITHIN_MS),
    ...ways.map((way) => summarizeTime(`direct: ${way}`, directTimes(cells, way), withinMs[way])),
  ].filter((summary) => summary !== undefined);
  return {
    cells: cells.length,
    direct: cells.filter(({ directMs }) => directMs !== undefined).length,
    differing,
    times,
    isAsItMustBe: differing.length === 0 && times.every(({ isKept }) => isKept),
  };
}

function usesTcp({ expected }: Cell): boolean {
  return expected.kind === "relay" && [expected.left, expected.right].includes("relay-tcp");
}

function directTimes(cells: readonly Cell[], way: Way): readonly number[] {
  return cells.flatMap(({ expected, directMs }) =>
    expected.kind === "direct" && expected.way === way ? (directMs ?? []) : [],
  );
}

function summarizeTime(what: string, times: readonly number[], limitMs: number): TimeSummary | undefined {
  const sorted = times.toSorted((a, b) => a - b);
  const [medianMs, worstMs] = [sorted[sorted.length >> 1], sorted.at(-1)];
  if (medianMs === undefined || worstMs === undefined) return undefined;
  return { what, limitMs, cells: times.length, medianMs, worstMs, isKept: medianMs <= limitMs };
}
