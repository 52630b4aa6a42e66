// Folders for what parsers read from files, all in one that goes with the process. (A thread that is ended does not tidy up.)
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Linux' folder in memory. */
const MEMORY = "/dev/shm";
const ROOT = join(existsSync(MEMORY) ? MEMORY : tmpdir(), `meshd-fuzz-${process.pid}`);

export function scratchFolder(): string {
  mkdirSync(ROOT, { recursive: true });
  return mkdtempSync(join(ROOT, "target-"));
}

/** For the main thread, at its end. */
export function removeScratch(): void {
  rmSync(ROOT, { recursive: true, force: true });
}
