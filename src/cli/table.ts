// Columns and colours of what the command line prints for people.

export type Colour = "green" | "yellow" | "red" | "cyan" | "dim" | "bold";

/** SGR parameters (ECMA-48 §8.3.117). */
const SGR: Readonly<Record<Colour, readonly [number, number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
};

export type Paint = (colour: Colour, text: string) => string;

/** Paints on a terminal (unless NO_COLOR is set, https://no-color.org), leaves text alone elsewhere. */
export function paintFor(stream: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv = process.env): Paint {
  const colours = stream.isTTY === true && (env.NO_COLOR ?? "") === "" && env.TERM !== "dumb";
  return (colour, text) => {
    const [on, off] = SGR[colour];
    return colours ? `\x1b[${String(on)}m${text}\x1b[${String(off)}m` : text;
  };
}

export interface Column {
  readonly title: string;
  readonly align?: "left" | "right";
}

// eslint-disable-next-line no-control-regex -- the escapes that `paintFor` makes
const ESCAPES = /\x1b\[\d+m/g;

/** Lines without a trailing newline; cells may be painted. The last column is never padded. */
export function renderTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const all = [columns.map((column) => column.title), ...rows];
  const widths = columns.map((_, index) => Math.max(...all.map((row) => visibleWidth(row[index] ?? ""))));
  return all
    .map((row) =>
      columns
        .map((column, index) => {
          const cell = row[index] ?? "";
          const padding = " ".repeat((widths[index] ?? 0) - visibleWidth(cell));
          if (column.align === "right") return padding + cell;
          return index === columns.length - 1 ? cell : cell + padding;
        })
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function visibleWidth(text: string): number {
  return text.replace(ESCAPES, "").length;
}

/** "999 B", "1.5 MB" (powers of 1000). */
export function formatBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB", "PB"];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : 1;
  return `${value.toFixed(digits)} ${units[unit] ?? ""}`;
}

/** "0.42 ms", "12.3 ms", "210 ms". */
export function formatMs(ms: number): string {
  return `${ms.toFixed(ms < 1 ? 2 : ms < 100 ? 1 : 0)} ms`;
}

/** "12 s", "3 min", "5 h", "2 d": the largest unit that fits. */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${String(seconds)} s`;
  if (seconds < 3600) return `${String(Math.floor(seconds / 60))} min`;
  if (seconds < 86_400) return `${String(Math.floor(seconds / 3600))} h`;
  return `${String(Math.floor(seconds / 86_400))} d`;
}
