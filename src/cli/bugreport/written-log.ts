// The end of a role's log where it was written to: the file of a daemon that `meshd up` started, else the journal of the service.
import { closeSync, constants, openSync } from "node:fs";
import { join } from "node:path";
import { readLastLines } from "../../host/file-end.ts";
import { run } from "../../host/run.ts";
import { type Part, part } from "./section.ts";
import type { ReportedRole } from "./role-parts.ts";

const MAX_BYTES = 128 << 10;
const MAX_LINES = 500;

export async function writtenLog(role: ReportedRole, stateDir: string): Promise<Part> {
  return part("log as written", async () => {
    const own = role === "node" ? endOf(join(stateDir, "daemon.log")) : undefined;
    if (own !== undefined) return own;
    const unit = `meshd-${role}.service`;
    const { ok, stdout, problem } = await run("journalctl", [
      "-u",
      unit,
      "-n",
      String(MAX_LINES),
      "-o",
      "cat",
      "--quiet",
    ]);
    if (!ok) throw new Error(problem);
    if (stdout === "") throw new Error(`the journal has nothing of ${unit}`);
    return stdout.slice(-MAX_BYTES);
  });
}

/** Whole lines. Undefined where there is no such file. */
export function endOf(path: string): string | undefined {
  let file: number;
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
  try {
    return Buffer.from(readLastLines(file, MAX_BYTES)).toString("utf8");
  } finally {
    closeSync(file);
  }
}
