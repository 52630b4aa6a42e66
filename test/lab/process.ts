// A program that runs in the lab: its output is kept, and can be waited for.
import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { FileOutput, type Output, PipedOutput } from "./output.ts";

export interface SpawnOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** Output goes to this file instead of through this process, so that the program outlives it. */
  readonly logFile?: string;
}

export interface RunResult {
  /** -1 for a program that a signal ended, 127 for one that could not be started. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly elapsedMs: number;
}

export class LabProcess {
  readonly pid: number;
  readonly exited: Promise<RunResult>;
  readonly #child: ChildProcess;
  readonly #output: Output;
  #running = true;

  constructor(argv: readonly string[], options: SpawnOptions = {}) {
    const [program = "", ...args] = argv;
    const started = performance.now();
    const log = options.logFile === undefined ? undefined : openSync(options.logFile, "a", 0o600);
    // Before the program can have written anything.
    const logged = options.logFile === undefined ? undefined : new FileOutput(options.logFile);
    // A process group of its own: Ctrl-C on the terminal reaches the lab, which then ends its programs in order.
    this.#child = spawn(program, args, {
      stdio: ["ignore", log ?? "pipe", log ?? "pipe"],
      detached: true,
      env: { ...process.env, ...options.env },
      ...(options.cwd !== undefined && { cwd: options.cwd }),
    });
    if (log !== undefined) closeSync(log);
    this.pid = this.#child.pid ?? 0;
    this.#output = logged ?? new PipedOutput(this.#child.stdout, this.#child.stderr);
    this.exited = new Promise((resolve) => {
      const finish = (code: number, problem: string) => {
        if (!this.#running) return;
        this.#running = false;
        const { stdout, stderr } = this.#output.end();
        resolve({ code, stdout, stderr: stderr + problem, elapsedMs: performance.now() - started });
      };
      this.#child.once("error", (error) => finish(127, error.message));
      this.#child.once("close", (code) => finish(code ?? -1, ""));
    });
  }

  get running(): boolean {
    return this.#running;
  }

  get output(): string {
    return this.#output.lines.join("\n");
  }

  /** The first line, past or future, that matches; an error with all output if the program ends or time runs out before. */
  async waitForLine(pattern: RegExp, timeoutMs = 10_000): Promise<RegExpExecArray> {
    let seen = 0;
    return new Promise((resolve, reject) => {
      const settle = (act: () => void) => {
        clearTimeout(timer);
        stopWatching();
        act();
      };
      const look = () => {
        for (; seen < this.#output.lines.length; seen++) {
          const match = pattern.exec(this.#output.lines[seen] ?? "");
          if (match !== null) {
            settle(() => resolve(match));
            return;
          }
        }
        if (!this.#running) settle(() => reject(new Error(`ended without ${pattern}:\n${this.output}`)));
      };
      const timer = setTimeout(
        () => settle(() => reject(new Error(`no ${pattern} within ${timeoutMs} ms:\n${this.output}`))),
        timeoutMs,
      );
      const stopWatching = this.#output.watch(look);
      look();
    });
  }

  kill(signal: NodeJS.Signals): void {
    if (this.#running) this.#child.kill(signal);
  }

  /** SIGTERM, and SIGKILL for a program that takes too long. */
  async stop(graceMs = 5000): Promise<RunResult> {
    this.kill("SIGTERM");
    const timer = setTimeout(() => this.kill("SIGKILL"), graceMs);
    const result = await this.exited;
    clearTimeout(timer);
    return result;
  }
}
