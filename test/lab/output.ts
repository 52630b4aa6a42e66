// What a program of the lab prints, line by line, whether it comes through pipes or lies in a file.
import { closeSync, existsSync, openSync, readSync, statSync } from "node:fs";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";

export interface Output {
  /** So far; grows. */
  readonly lines: readonly string[];
  /** Calls back after new lines and at the end, until the returned function is called. */
  watch(callback: () => void): () => void;
  /** The program has ended: all that it printed. */
  end(): { readonly stdout: string; readonly stderr: string };
}

export class PipedOutput implements Output {
  readonly lines: string[] = [];
  readonly #watchers = new Set<() => void>();
  readonly #text = { stdout: "", stderr: "" };

  constructor(stdout: Readable | null, stderr: Readable | null) {
    for (const [name, stream] of [["stdout", stdout] as const, ["stderr", stderr] as const]) {
      if (stream === null) continue;
      stream.setEncoding("utf8");
      stream.on("data", (text: string) => (this.#text[name] += text));
      createInterface({ input: stream }).on("line", (line) => {
        this.lines.push(line);
        this.#notify();
      });
    }
  }

  watch(callback: () => void): () => void {
    this.#watchers.add(callback);
    return () => this.#watchers.delete(callback);
  }

  end(): { readonly stdout: string; readonly stderr: string } {
    // readline hands out the last line after the stream's end.
    setImmediate(() => this.#notify());
    return this.#text;
  }

  #notify(): void {
    for (const watcher of [...this.#watchers]) watcher();
  }
}

const POLL_MS = 10;
const READ_BYTES = 1 << 16;

export class FileOutput implements Output {
  readonly lines: string[] = [];
  readonly #path: string;
  readonly #watchers = new Set<() => void>();
  #position: number;
  #text = "";
  #rest = "";
  #timer: NodeJS.Timeout | undefined;

  /** What the file holds already belongs to an earlier program. */
  constructor(path: string) {
    this.#path = path;
    this.#position = statSync(path).size;
  }

  watch(callback: () => void): () => void {
    // First what is there already: a watcher is not called before it could be given up.
    this.#read();
    this.#watchers.add(callback);
    this.#timer ??= setInterval(() => this.#read(), POLL_MS);
    return () => {
      this.#watchers.delete(callback);
      if (this.#watchers.size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
    };
  }

  end(): { readonly stdout: string; readonly stderr: string } {
    this.#read();
    setImmediate(() => this.#notify());
    return { stdout: this.#text, stderr: "" };
  }

  #read(): void {
    // A lab that was destroyed has removed it already.
    if (!existsSync(this.#path)) return;
    const file = openSync(this.#path, "r");
    const buffer = Buffer.alloc(READ_BYTES);
    let length = readSync(file, buffer, 0, READ_BYTES, this.#position);
    while (length > 0) {
      this.#position += length;
      this.#append(buffer.toString("utf8", 0, length));
      length = readSync(file, buffer, 0, READ_BYTES, this.#position);
    }
    closeSync(file);
  }

  #append(text: string): void {
    this.#text += text;
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop() ?? "";
    this.lines.push(...lines);
    this.#notify();
  }

  #notify(): void {
    for (const watcher of [...this.#watchers]) watcher();
  }
}
