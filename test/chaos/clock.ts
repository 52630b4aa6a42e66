// A wall clock of its own for a daemon: clock-shim.c is loaded before libc's, and shifts what the program is told. Only the host's real
// clock could be set otherwise (time namespaces have none of their own), and that would be everybody's.
import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from "node:fs";
import { dirname } from "node:path";

const SHIFT_BYTES = 8;

export class DaemonClock {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, Buffer.alloc(SHIFT_BYTES));
  }

  environment(shim: string): Readonly<Record<string, string>> {
    return { LD_PRELOAD: shim, CHAOS_CLOCK: this.#path };
  }

  /** Seen by the running program at once; in place, because it has the file mapped. */
  shift(byMs: number): void {
    const bytes = Buffer.alloc(SHIFT_BYTES);
    bytes.writeBigInt64LE(BigInt(byMs));
    const file = openSync(this.#path, "r+");
    writeSync(file, bytes, 0, SHIFT_BYTES, 0);
    closeSync(file);
  }
}
