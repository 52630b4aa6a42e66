// The last lines of a role's log, for a bug report: bounded, and from level debug on, whatever the log itself is told to leave out. Lines below
// info have a share of their own: many of them push out none of the others.

const INFO = 30;
const MAX_LINES = 600;
const MAX_BYTES = 128 << 10;
/** A line of a stack or of a peer's list is cut. */
const MAX_LINE = 4096;

interface Line {
  /** Of all lines. */
  readonly number: number;
  readonly text: string;
}

interface Share {
  readonly lines: Line[];
  bytes: number;
}

export class LogRing {
  readonly #loud: Share = { lines: [], bytes: 0 };
  readonly #quiet: Share = { lines: [], bytes: 0 };
  #added = 0;

  add(level: number, line: string): void {
    const share = level < INFO ? this.#quiet : this.#loud;
    const text = line.length <= MAX_LINE ? line.trimEnd() : `${line.slice(0, MAX_LINE)}...`;
    share.lines.push({ number: this.#added, text });
    share.bytes += text.length;
    this.#added += 1;
    while (share.lines.length > MAX_LINES || share.bytes > MAX_BYTES) {
      share.bytes -= share.lines.shift()?.text.length ?? 0;
    }
  }

  /** Oldest first. */
  get lines(): readonly string[] {
    const all = [...this.#loud.lines, ...this.#quiet.lines];
    return all.sort((a, b) => a.number - b.number).map(({ text }) => text);
  }
}
