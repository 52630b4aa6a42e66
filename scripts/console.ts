// How the scripts talk to people: colours only on a terminal, one line per step, times in seconds.
import { styleText } from "node:util";

// Who reads through `head` has seen enough.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit();
});

type Style = "bold" | "dim" | "green" | "red" | "yellow" | "cyan";

export function paint(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout });
}

export function say(line = ""): void {
  process.stdout.write(`${line}\n`);
}

export function seconds(sinceMs: number): string {
  const elapsed = (performance.now() - sinceMs) / 1000;
  return `${elapsed.toFixed(elapsed < 10 ? 1 : 0)} s`;
}

/** Lines up texts in columns of these widths. */
export function columns(...widths: readonly number[]): (...texts: readonly string[]) => string {
  return (...texts) => texts.map((text, column) => text.padEnd(widths[column] ?? 0)).join("");
}

/** A line that is rewritten in place on a terminal; elsewhere it is printed anew at most every ten seconds. */
export class ProgressLine {
  #shown = false;
  #printedAt = performance.now();

  update(text: string): void {
    if (process.stdout.isTTY) {
      process.stdout.write(`\r\u001b[K${paint("dim", text)}`);
      this.#shown = true;
    } else if (performance.now() - this.#printedAt > 10_000) {
      this.#printedAt = performance.now();
      say(text);
    }
  }

  clear(): void {
    if (this.#shown) process.stdout.write("\r\u001b[K");
    this.#shown = false;
  }
}
