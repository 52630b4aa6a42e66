// The voice of the demonstration: numbered chapters, each step with a tick and its time, commands as one would type them.
import { paint, say } from "./console.ts";

const WIDTH = 92;

export class Narrator {
  #chapter = 0;
  readonly #started = performance.now();

  chapter(title: string): void {
    this.#chapter += 1;
    say();
    say(paint("bold", `${this.#chapter}. ${title}`));
  }

  /** A command as a user would type it on that machine. */
  command(machine: string, line: string): void {
    say(`   ${paint("cyan", `${machine} $`)} ${line}`);
  }

  /** What a program printed. */
  output(text: string): void {
    for (const line of text.trimEnd().split("\n")) say(`   ${paint("dim", "│")} ${line}`);
  }

  done(text: string, tookMs?: number): void {
    const time = tookMs === undefined ? "" : duration(tookMs).padStart(Math.max(1, WIDTH - 5 - text.length));
    say(`   ${paint("green", "✓")} ${text}${paint("dim", time)}`);
  }

  note(text: string): void {
    say(`     ${paint("dim", text)}`);
  }

  table(rows: readonly (readonly [string, string])[]): void {
    const width = Math.max(...rows.map(([label]) => label.length));
    for (const [label, value] of rows) say(`   ${label.padEnd(width + 2)}${paint("bold", value)}`);
  }

  get elapsed(): string {
    return duration(performance.now() - this.#started);
  }
}

export function duration(ms: number): string {
  return ms < 1000 ? `${ms.toFixed(ms < 10 ? 1 : 0)} ms` : `${(ms / 1000).toFixed(1)} s`;
}
