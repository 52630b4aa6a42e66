// A soak run as one picture: a panel for each metric, a line for each process, and below them what happened when. SVG without scripts.
import { type Panel, panelSvg, type PanelSeries } from "./panel.ts";
import { lives, METRICS } from "./metrics.ts";
import type { ProcessRecord, SoakRecord } from "./record.ts";
import { condense } from "./statistics.ts";
import { element, escapeText, line, text } from "./svg.ts";

const WIDTH = 1240;
const MARGIN = 24;
const LEFT = 84;
const PANEL_HEIGHT = 190;
const PANEL_GAP = 46;
const HEADER = 132;
const EVENT_ROW = 14;
const MOST_POINTS = 400;

/** Told apart by colour on white also by those who see few of them (after Okabe & Ito, and Tableau). */
const COLOURS = [
  ...["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"],
  ...["#7f3c8d", "#6b4c2a", "#2f4b7c", "#a05195", "#5a5a5a", "#80ba5a"],
];

export function chart(record: SoakRecord): string {
  const colours = new Map(record.processes.map(({ name }, index) => [name, COLOURS[index % COLOURS.length] ?? "#000"]));
  const panels = METRICS.map((metric, index): Panel => {
    const series = record.processes.flatMap((process) => seriesOf(process, metric.points, colours));
    return {
      title: metric.unit === "" ? metric.name : `${metric.name}, ${metric.unit}`,
      ...{ left: LEFT, width: WIDTH - LEFT - MARGIN, height: PANEL_HEIGHT },
      top: HEADER + index * (PANEL_HEIGHT + PANEL_GAP),
      ...{ seconds: record.seconds, warmUpSeconds: record.warmUpSeconds, series },
    };
  });
  const eventsTop = HEADER + panels.length * (PANEL_HEIGHT + PANEL_GAP);
  const kinds = [...new Set(record.events.map(({ kind }) => kind))].toSorted();
  const height = eventsTop + 40 + kinds.length * EVENT_ROW;
  return element(
    "svg",
    {
      ...{ xmlns: "http://www.w3.org/2000/svg", width: WIDTH, height, viewBox: `0 0 ${WIDTH} ${height}` },
      "font-family": "system-ui, 'DejaVu Sans', sans-serif",
    },
    [
      element("rect", { width: WIDTH, height, fill: "#ffffff" }),
      header(record, colours),
      ...panels.map(panelSvg),
      events(record, kinds, eventsTop),
    ].join("\n"),
  );
}

/** A line for each life of the process: one that was restarted begins anew. */
function seriesOf(
  process: ProcessRecord,
  points: (typeof METRICS)[number]["points"],
  colours: ReadonlyMap<string, string>,
): readonly PanelSeries[] {
  return lives(process).map((samples) => ({
    colour: colours.get(process.name) ?? "#000",
    points: condense(points(samples), MOST_POINTS),
  }));
}

function header({ seconds, seed, processes, events: all }: SoakRecord, colours: ReadonlyMap<string, string>): string {
  const hours = (seconds / 3600).toFixed(seconds < 36_000 ? 2 : 0);
  const title = `Soak: ${hours} h, ${processes.length} processes, ${all.length} acts, seed ${seed}`;
  const columns = 5;
  const step = (WIDTH - LEFT - MARGIN) / columns;
  const legend = processes.map(({ name, role }, index) => {
    const [x, y] = [LEFT + (index % columns) * step, 54 + Math.floor(index / columns) * 18];
    const label = role === "node" ? name : `${name} (${role})`;
    const stroke = colours.get(name) ?? "#000";
    return `${line(x, y, x + 22, y, { stroke, "stroke-width": 3 })}${text(x + 28, y + 4, label, { "font-size": 12 })}`;
  });
  return [text(LEFT, 28, title, { "font-size": 17, "font-weight": 600 }), ...legend].join("\n");
}

/** A row for each kind; what had trouble is marked. */
function events({ events: all, seconds }: SoakRecord, kinds: readonly string[], top: number): string {
  const width = WIDTH - LEFT - MARGIN;
  const rows = kinds.map((kind, index) => {
    const y = top + 14 + index * EVENT_ROW;
    const marks = all
      .filter((event) => event.kind === kind)
      .map(({ at, text: words, problem }) => {
        const x = LEFT + (Math.min(at, seconds) / seconds) * width;
        const fill = problem === undefined ? "#8a8a8a" : "#d62728";
        const title = element(
          "title",
          {},
          escapeText(`${words}${problem === undefined ? "" : `: ${problem.slice(0, 200)}`}`),
        );
        return element("circle", { cx: x, cy: y, r: problem === undefined ? 2 : 3, fill }, title);
      });
    return `${text(LEFT - 6, y + 4, kind, { "font-size": 10, "text-anchor": "end", fill: "#444" })}${marks.join("")}`;
  });
  return [
    text(LEFT, top - 4, "what happened (red: with trouble)", { "font-size": 13, "font-weight": 600 }),
    ...rows,
  ].join("\n");
}
