// One writer of resolv.conf at a time, across daemons and their guards (guard.ts): a symbolic link whose target is no file but the name of
// the process that holds it. Who died with it, guard included, is not waited for.
import { mkdirSync, readlinkSync, rmSync, symlinkSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isAlive, type ProcessMark, thisProcess } from "./process-mark.ts";

const LOCK_RETRY_MS = 20;
/** 3 s: writing takes a millisecond, so whoever holds the lock that long will not let it go. */
const LOCK_TRIES = 150;

/** Where the lock cannot be made at all (a read-only file system) nobody else makes it either: then without. */
export async function locked(lockPath: string, action: () => void): Promise<void> {
  makeParent(lockPath);
  const held = await takeLock(lockPath);
  try {
    action();
  } finally {
    if (held) release(lockPath);
  }
}

/** The link's target. A process of the same pid namespace puts its own id in place of the last field. */
export function lockHolder({ boot, pidNamespace, pid }: ProcessMark): string {
  return `${boot}:${pidNamespace}:${String(pid)}`;
}

async function takeLock(lockPath: string): Promise<boolean> {
  for (let tries = 0; ; tries++) {
    try {
      symlinkSync(lockHolder(thisProcess()), lockPath);
      return true;
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) return false;
    }
    if (tries >= LOCK_TRIES || holderIsGone(lockPath)) release(lockPath);
    else await sleep(LOCK_RETRY_MS);
  }
}

function holderIsGone(lockPath: string): boolean {
  try {
    const [boot = "", pidNamespace = "", pid = ""] = readlinkSync(lockPath).split(":");
    return /^[1-9][0-9]*$/.test(pid) && !isAlive({ boot, pidNamespace, pid: Number(pid) });
  } catch {
    // Let go since, or not a link of ours: time tells.
    return false;
  }
}

function release(lockPath: string): void {
  rmSync(lockPath, { recursive: true, force: true });
}

function makeParent(path: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  } catch {
    // As above: then without.
  }
}
