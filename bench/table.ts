// A table of measurements for people: as many digits as they are worth.

export interface Row {
  readonly name: string;
  readonly values: Readonly<Record<string, number | undefined>>;
}

/** One line per row; `ratio` below a rule, as factors. */
export function renderTable(rows: readonly Row[], ratio: Row | undefined): string {
  const columns = Object.keys(rows[0]?.values ?? {});
  const cells = [
    ["", ...columns],
    ...rows.map((row) => [row.name, ...columns.map((column) => figure(row.values[column]))]),
    ...(ratio === undefined ? [] : [[ratio.name, ...columns.map((column) => factor(ratio.values[column]))]]),
  ];
  const widths = cells[0]?.map((_, index) => Math.max(...cells.map((row) => row[index]?.length ?? 0))) ?? [];
  const lines = cells.map((row) =>
    row
      .map((cell, index) => (index === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[index] ?? 0)))
      .join("  "),
  );
  if (ratio !== undefined) lines.splice(-1, 0, "-".repeat(lines[0]?.length ?? 0));
  return lines.join("\n");
}

function figure(value: number | undefined): string {
  if (value === undefined || Number.isNaN(value)) return "-";
  if (value >= 100) return value.toFixed(0);
  return value.toFixed(value >= 10 ? 1 : 2);
}

function factor(value: number | undefined): string {
  return value === undefined || Number.isNaN(value) ? "-" : `${value.toFixed(2)}x`;
}
