// The log file of a daemon that nobody rotates: it runs for months, and `meshd up` made the file.
import { closeSync, fstatSync, ftruncateSync, openSync, writeSync } from "node:fs";
import { readLastLines } from "./file-end.ts";

export interface LogFileLimits {
  readonly maxBytes: number;
  /** Of its end, where it would grow beyond. */
  readonly keptBytes: number;
}

const LIMITS: LogFileLimits = { maxBytes: 10_000_000, keptBytes: 1_000_000 };

export class BoundedLogFile {
  readonly #fd: number;
  readonly #limits: LogFileLimits;
  #bytes: number;

  /** `fd` is open for appending. */
  constructor(fd: number, limits: LogFileLimits = LIMITS) {
    this.#fd = fd;
    this.#limits = limits;
    this.#bytes = fstatSync(fd).size;
  }

  /** A line that cannot be written is lost. */
  write(line: string): void {
    try {
      if (this.#bytes > this.#limits.maxBytes) this.#shorten();
      this.#bytes += writeSync(this.#fd, line);
    } catch {
      // The disk is full: the next line tries again.
    }
  }

  #shorten(): void {
    const end = endOf(this.#fd, this.#limits.keptBytes);
    ftruncateSync(this.#fd, 0);
    this.#bytes = 0;
    this.#bytes += writeSync(this.#fd, end);
  }
}

/** Whole lines; nothing where they cannot be read. */
function endOf(fd: number, bytes: number): Uint8Array {
  try {
    // The descriptor itself only writes.
    const file = openSync(`/proc/self/fd/${String(fd)}`, "r");
    try {
      return readLastLines(file, bytes);
    } finally {
      closeSync(file);
    }
  } catch {
    return new Uint8Array();
  }
}
