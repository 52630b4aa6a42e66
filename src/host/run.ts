// Runs a program of the host (ip, systemctl, resolvectl) to its end.
import { spawn } from "node:child_process";

export interface RunResult {
  readonly ok: boolean;
  readonly stdout: string;
  /** What it said when it failed: its stderr, or why it could not be started. One line. */
  readonly problem: string;
}

const TIMEOUT_MS = 10_000;

/** Never rejects. `input` goes to its stdin. */
export function run(program: string, args: readonly string[], input = ""): Promise<RunResult> {
  return new Promise((resolve) => {
    // Nothing else of our environment: it may hold a key (MESHD_AUTHKEY of a container).
    const env = { PATH: process.env.PATH ?? "/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C" };
    const child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"], env });
    // Not the option of spawn(): its timer outlives a program that could not be started, and holds the process for as long.
    const timer = setTimeout(() => child.kill(), TIMEOUT_MS);
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => (stdout += chunk));
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => (stderr += chunk));
    child.once("error", (error) => {
      clearTimeout(timer);
      const missing = "code" in error && error.code === "ENOENT";
      resolve({ ok: false, stdout, problem: missing ? `${program} is not installed` : error.message });
    });
    child.once("close", (code) => {
      clearTimeout(timer);
      const said = stderr.trim().split("\n")[0] ?? "";
      resolve({ ok: code === 0, stdout, problem: said === "" ? `${program} ended with ${String(code)}` : said });
    });
    // A program that ends without reading its input is judged by its exit code.
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
  });
}
