// One panel of the chart: axes with round numbers, a grey warm-up, lines.
import type { Point } from "./statistics.ts";
import { element, line, text } from "./svg.ts";

export interface PanelSeries {
  readonly colour: string;
  readonly points: readonly Point[];
}

export interface Panel {
  readonly title: string;
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
  readonly series: readonly PanelSeries[];
}

const GRID = "#e4e4e4";
const TIME_STEPS = [10, 30, 60, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400, 604_800] as const;
const MOST_TIME_TICKS = 13;
const VALUE_TICKS = 5;

export function panelSvg(panel: Panel): string {
  const { title, left, top, width, height, seconds, warmUpSeconds, series } = panel;
  const ticks = valueTicks(series.flatMap(({ points }) => points.map(({ value }) => value)));
  const [low, high] = [ticks[0] ?? 0, ticks.at(-1) ?? 1];
  const x = (at: number): number => left + (Math.min(at, seconds) / seconds) * width;
  const y = (value: number): number => top + height - ((value - low) / (high - low)) * height;
  const bottom = top + height;
  return [
    text(left, top - 8, title, { "font-size": 13, "font-weight": 600 }),
    element("rect", { x: left, y: top, width: x(warmUpSeconds) - left, height, fill: "#f3f3f3" }),
    text(left + 6, top + 14, "warm-up", { "font-size": 10, fill: "#888" }),
    ...ticks.flatMap((tick) => [
      line(left, y(tick), left + width, y(tick), { stroke: GRID }),
      text(left - 6, y(tick) + 4, String(tick), { "font-size": 11, "text-anchor": "end", fill: "#444" }),
    ]),
    ...timeTicks(seconds).flatMap((tick) => [
      line(x(tick), bottom, x(tick), bottom + 4, { stroke: "#888" }),
      text(x(tick), bottom + 16, timeText(tick), { "font-size": 11, "text-anchor": "middle", fill: "#444" }),
    ]),
    line(left, bottom, left + width, bottom, { stroke: "#888" }),
    ...series.map(({ colour, points }) => curve(points, x, y, colour)),
  ].join("\n");
}

function curve(
  points: readonly Point[],
  x: (at: number) => number,
  y: (value: number) => number,
  stroke: string,
): string {
  const at = points.map((point) => `${x(point.at).toFixed(1)},${y(point.value).toFixed(1)}`);
  return element("polyline", {
    ...{ points: at.join(" "), stroke, fill: "none", "stroke-width": 1.5 },
    "stroke-linejoin": "round",
    "stroke-opacity": 0.85,
  });
}

/** Round numbers around all values; never all the same. */
export function valueTicks(values: readonly number[]): readonly number[] {
  const low = values.reduce((least, value) => Math.min(least, value), Infinity);
  const high = values.reduce((most, value) => Math.max(most, value), -Infinity);
  if (!(low <= high)) return [0, 1];
  const span = Math.max(high - low, Math.abs(high) * 0.02, 1);
  const rough = span / VALUE_TICKS;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((each) => each >= rough) ?? rough;
  const first = Math.floor(low / step);
  const last = Math.max(first + 1, Math.ceil(high / step));
  return Array.from({ length: last - first + 1 }, (_, index) => Number(((first + index) * step).toPrecision(12)));
}

export function timeTicks(seconds: number): readonly number[] {
  const step = TIME_STEPS.find((each) => seconds / each <= MOST_TIME_TICKS) ?? seconds;
  return Array.from({ length: Math.floor(seconds / step) + 1 }, (_, index) => index * step);
}

export function timeText(seconds: number): string {
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 7200) return `${seconds / 60} min`;
  return `${seconds / 3600} h`;
}
