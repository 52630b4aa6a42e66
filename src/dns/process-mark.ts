// Which process wrote something that others find, so that they can tell whether it may still run.
import { readFileSync, readlinkSync } from "node:fs";

export interface ProcessMark {
  /** Of the kernel: a mark of another boot is stale. */
  readonly boot: string;
  /** Inode of the pid namespace, and the process in it. */
  readonly pidNamespace: string;
  readonly pid: number;
}

export function thisProcess(): ProcessMark {
  return {
    boot: readOr(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim(), "unknown"),
    pidNamespace: readOr(() => readlinkSync("/proc/self/ns/pid").replace(/[^0-9]/g, ""), "unknown"),
    pid: process.pid,
  };
}

/** Whether it may still run: not if its machine was booted since, or it is gone from our own pid namespace. */
export function isAlive(mark: ProcessMark): boolean {
  const self = thisProcess();
  if (mark.boot !== self.boot) return false;
  if (mark.pidNamespace !== self.pidNamespace) return true;
  try {
    process.kill(mark.pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

function readOr(readValue: () => string, otherwise: string): string {
  try {
    return readValue();
  } catch {
    return otherwise;
  }
}
