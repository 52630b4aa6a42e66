// The last lines of a role's log, for a bug report: bounded, and at level debug whatever the log itself is told to leave out.

const MAX_LINES = 1000;
const MAX_BYTES = 256 << 10;
/** A line of a stack or of a peer's list is cut. */
const MAX_LINE = 4096;

export class LogRing {
  readonly #lines: string[] = [];
  #bytes = 0;

  add(line: string): void {
    const kept = line.length <= MAX_LINE ? line.trimEnd() : `${line.slice(0, MAX_LINE)}...`;
    this.#lines.push(kept);
    this.#bytes += kept.length;
    while (this.#lines.length > MAX_LINES || this.#bytes > MAX_BYTES) this.#bytes -= this.#lines.shift()?.length ?? 0;
  }

  /** Oldest first. */
  get lines(): readonly string[] {
    return [...this.#lines];
  }
}
