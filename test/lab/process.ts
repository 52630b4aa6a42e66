// A program that runs in the lab: its output is kept, and can be waited for.
import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, openSync, writeSync } from "node:fs";
import { createInterface } from "node:readline";

export interface SpawnOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** Output goes there too. */
  readonly logFile?: string;
  readonly input?: string;
}

export interface RunResult {
  /** 128 + signal number's name is not told apart: a killed program has code -1. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly elapsedMs: number;
}

export class LabProcess {
  readonly pid: number;
  readonly exited: Promise<RunResult>;
  readonly #child: ChildProcess;
  readonly #lines: string[] = [];
  readonly #watchers = new Set<() => void>();
  #stdout = "";
  #stderr = "";
  #result: RunResult | undefined;

  constructor(argv: readonly string[], options: SpawnOptions = {}) {
    const [program = "", ...args] = argv;
    // A process group of its own: Ctrl-C on the terminal reaches the lab, which then ends its programs in order.
    this.#child = spawn(program, args, {
      stdio: ["pipe", "pipe", "pipe"],
      detached: true,
      env: { ...process.env, ...options.env },
      ...(options.cwd !== undefined && { cwd: options.cwd }),
    });
    this.pid = this.#child.pid ?? 0;
    const started = performance.now();
    const log = options.logFile === undefined ? undefined : openSync(options.logFile, "a", 0o600);
    this.#child.stdin?.on("error", () => undefined).end(options.input);
    this.#collect("stdout", log);
    this.#collect("stderr", log);
    this.exited = new Promise((resolve) => {
      const finish = (code: number) => {
        if (this.#result !== undefined) return;
        if (log !== undefined) closeSync(log);
        const elapsedMs = performance.now() - started;
        this.#result = { code, stdout: this.#stdout, stderr: this.#stderr, elapsedMs };
        this.#notify();
        resolve(this.#result);
      };
      this.#child.once("error", (error) => {
        this.#stderr += error.message;
        finish(127);
      });
      this.#child.once("close", (code) => finish(code ?? -1));
    });
  }

  get running(): boolean {
    return this.#result === undefined;
  }

  get output(): string {
    return this.#lines.join("\n");
  }

  /** The first line, past or future, that matches; an error with all output if the program ends or time runs out before. */
  async waitForLine(pattern: RegExp, timeoutMs = 10_000): Promise<RegExpExecArray> {
    let seen = 0;
    return new Promise((resolve, reject) => {
      const settle = (act: () => void) => {
        clearTimeout(timer);
        this.#watchers.delete(look);
        act();
      };
      const look = () => {
        for (; seen < this.#lines.length; seen++) {
          const match = pattern.exec(this.#lines[seen] ?? "");
          if (match !== null) {
            settle(() => resolve(match));
            return;
          }
        }
        if (!this.running) settle(() => reject(new Error(`ended without ${pattern}:\n${this.output}`)));
      };
      const timer = setTimeout(
        () => settle(() => reject(new Error(`no ${pattern} within ${timeoutMs} ms:\n${this.output}`))),
        timeoutMs,
      );
      this.#watchers.add(look);
      look();
    });
  }

  kill(signal: NodeJS.Signals): void {
    if (this.running) this.#child.kill(signal);
  }

  /** SIGTERM, and SIGKILL for a program that takes too long. */
  async stop(graceMs = 5000): Promise<RunResult> {
    this.kill("SIGTERM");
    const timer = setTimeout(() => this.kill("SIGKILL"), graceMs);
    const result = await this.exited;
    clearTimeout(timer);
    return result;
  }

  #collect(name: "stdout" | "stderr", log: number | undefined): void {
    const stream = this.#child[name];
    if (stream === null) return;
    stream.on("data", (chunk: Buffer) => {
      if (name === "stdout") this.#stdout += chunk.toString("utf8");
      else this.#stderr += chunk.toString("utf8");
      if (log !== undefined && this.running) writeSync(log, chunk);
    });
    createInterface({ input: stream }).on("line", (line) => {
      this.#lines.push(line);
      this.#notify();
    });
  }

  #notify(): void {
    for (const watcher of [...this.#watchers]) watcher();
  }
}
