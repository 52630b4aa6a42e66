// What people see of a run: one line that moves while it goes on, a table at its end.
import { ProgressLine, paint, say } from "../../scripts/console.ts";
import { type Column, renderTable } from "../../src/cli/table.ts";
import type { Figures } from "./fuzzer.ts";
import type { Outcome } from "./outcome.ts";

export class FuzzProgress {
  readonly #line = new ProgressLine();
  readonly #running = new Map<string, Figures>();
  readonly #total: number;
  #done = 0;

  constructor(total: number) {
    this.#total = total;
  }

  of(target: string): (figures: Figures) => void {
    return (figures) => {
      this.#running.set(target, figures);
      const now = [...this.#running].map(
        ([name, { inputs, edges }]) => `${name} ${thousands(inputs)} inputs, ${edges} edges`,
      );
      this.#line.update(`  ${this.#done} of ${this.#total} targets; ${now.join("; ")}`);
    };
  }

  done({ target, problem }: Outcome): void {
    this.#running.delete(target);
    this.#done += 1;
    if (problem === undefined) return;
    this.#line.clear();
    printProblem(target, problem);
  }

  end(): void {
    this.#line.clear();
  }
}

function printProblem(target: string, { message, file }: NonNullable<Outcome["problem"]>): void {
  say(`${paint("red", "✗")} ${target}: ${message}`);
  if (file !== undefined) say(`  replay: npm run fuzz -- --replay ${file}`);
}

const COLUMNS: readonly Column[] = [
  { title: "target" },
  { title: "language" },
  ...["inputs", "inputs/s", "edges", "corpus", "findings"].map((title) => ({ title, align: "right" as const })),
];

export function printOutcomes(
  outcomes: readonly Outcome[],
  run: { readonly seconds: number; readonly seed: number },
): void {
  const rows = outcomes.map(({ target, language, inputs, seconds, edges, corpus, problem }) => [
    target,
    language,
    ...[inputs, Math.round(inputs / Math.max(seconds, 0.001)), edges, corpus].map(String),
    problem === undefined ? "0" : paint("red", "1"),
  ]);
  say();
  say(renderTable(COLUMNS, rows));
  const problems = outcomes.filter(({ problem }) => problem !== undefined);
  const inputs = outcomes.reduce((sum, outcome) => sum + outcome.inputs, 0);
  const edges = outcomes.reduce((sum, outcome) => sum + outcome.edges, 0);
  say();
  for (const { target, problem } of problems) if (problem !== undefined) printProblem(target, problem);
  say(
    `${outcomes.length} targets, ${thousands(inputs)} inputs, ${edges} edges in ${run.seconds.toFixed(0)} s with seed ${run.seed}: ` +
      `${problems.length} findings`,
  );
}

function thousands(number: number): string {
  return number < 10_000 ? String(number) : `${(number / 1000).toFixed(0)}k`;
}
