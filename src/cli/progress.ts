// What is happening, while it happens: one line on stderr, rewritten in place on a terminal, and silent elsewhere (scripts read stdout).

export interface Progress {
  /** Replaces the line. */
  step(text: string): void;
  /** Removes the line, so that what follows starts clean. */
  clear(): void;
}

const CLEAR_LINE = "\r\x1b[2K";

export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export function createProgress(stream: ProgressStream = process.stderr): Progress {
  if (stream.isTTY !== true) return { step: () => undefined, clear: () => undefined };
  return {
    step(text) {
      stream.write(CLEAR_LINE + text.slice(0, Math.max(20, (stream.columns ?? 80) - 1)));
    },
    clear() {
      stream.write(CLEAR_LINE);
    },
  };
}
