// A disk of the lab that takes no more, and takes again.
import { execFileSync } from "node:child_process";
import { closeSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";

const NAME = "ballast";
const CHUNK = Buffer.alloc(1 << 16);

/** Fills the disk that `folder` is on to the last byte. Returns what makes room again. */
export function fillDisk(folder: string): () => void {
  const path = join(folder, NAME);
  const file = openSync(path, "a", 0o600);
  try {
    for (;;) writeSync(file, CHUNK);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOSPC")) throw error;
  } finally {
    closeSync(file);
  }
  return () => rmSync(path);
}

/** For programs that start from now on: as a disk that the kernel found errors on. Returns what ends it for those that start then. */
export function makeReadOnly(folder: string): () => void {
  execFileSync("mount", ["--bind", folder, folder]);
  execFileSync("mount", ["-o", "remount,bind,ro", folder]);
  return () => {
    execFileSync("umount", [folder]);
  };
}
