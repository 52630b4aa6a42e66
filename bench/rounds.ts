// Rounds of measurements: medians over them, and one contender as a factor of another.
import { quantile } from "./measure.ts";
import type { Row } from "./table.ts";

/** Column → value of one round. */
export type Round = Readonly<Record<string, number | undefined>>;

export function medians(rounds: readonly Round[]): Round {
  const columns = Object.keys(rounds[0] ?? {});
  return Object.fromEntries(
    columns.map((column) => {
      const values = rounds.flatMap((round) => round[column] ?? []).sort((a, b) => a - b);
      return [column, values.length === 0 ? undefined : quantile(values, 0.5)];
    }),
  );
}

export function ratioRow(ours: Row | undefined, theirs: Row | undefined): Row | undefined {
  if (ours === undefined || theirs === undefined) return undefined;
  const values = Object.entries(ours.values).map(([column, value]) => {
    const other = theirs.values[column];
    return [column, value === undefined || other === undefined ? undefined : value / other] as const;
  });
  return { name: `${ours.name} / ${theirs.name}`, values: Object.fromEntries(values) };
}
