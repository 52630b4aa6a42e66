// /etc/resolv.conf as a file: read, written in place (never renamed: containers mount it), one writer at a time, and given back.
import { randomBytes } from "node:crypto";
import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Guard, startGuard } from "./guard.ts";
import { formatManaged, type Owner, parseManaged, parseResolvConf, withoutOwner, withOwner } from "./resolv-conf.ts";

export interface ResolvConfOptions {
  readonly path: string;
  /** A symbolic link to the writer's name, there for as long as somebody writes: on a file system that the daemons who share the file share as well. */
  readonly lockPath: string;
  /** Where the previous content is kept for people, besides the comments in the file itself. */
  readonly backupPath: string;
  /** Our server's address. */
  readonly server: string;
  /** Names the state directory; hexadecimal. */
  readonly state: string;
  readonly domain: string;
}

export interface ResolvConfClaim {
  /** The resolvers that the host had: where questions that are not ours go. */
  upstreams(): readonly string[];
  /** Writes the file again if somebody (a DHCP client) replaced it. */
  refresh(): Promise<void>;
  release(): Promise<void>;
}

const LOCK_RETRY_MS = 20;
/** 3 s: writing takes a millisecond, so whoever holds the lock that long has died. */
const LOCK_TRIES = 150;

/** Rejects with the system's error where the file cannot be written. */
export async function claimResolvConf(options: ResolvConfOptions): Promise<ResolvConfClaim> {
  const { path, server } = options;
  const id = `${options.state}-${randomBytes(4).toString("hex")}`;
  const owner: Owner = { id, domain: options.domain, ...thisProcess() };
  let previous: string | undefined;
  let seenMtimeMs = 0;
  let released = false;

  const write = (): Promise<void> =>
    locked(options.lockPath, id, () => {
      // A renewal that waited for the lock while the claim was given up.
      if (released) return;
      const managed = withOwner(read(path), owner, isAlive);
      previous = managed.previous;
      writeFileSync(options.backupPath, previous ?? "", { mode: 0o600 });
      writeInPlace(path, formatManaged(managed, server));
      seenMtimeMs = statSync(path).mtimeMs;
    });

  // First the guard: this process may be killed at any moment.
  const guard: Guard = startGuard(path, owner.id, options.lockPath);
  try {
    await write();
  } catch (error) {
    guard.dismiss();
    throw error;
  }
  return {
    upstreams: () => parseResolvConf(previous ?? "").nameservers.filter((address) => address !== server),
    async refresh() {
      if (mtimeMs(path) === seenMtimeMs) return;
      const owners = parseManaged(read(path) ?? "")?.owners ?? [];
      if (owners.some((other) => other.id === owner.id)) seenMtimeMs = mtimeMs(path);
      else await write();
    },
    async release() {
      await locked(options.lockPath, id, () => {
        released = true;
        const departure = withoutOwner(read(path) ?? "", owner.id, isAlive);
        if (departure.kind === "others-remain") writeInPlace(path, formatManaged(departure.managed, server));
        if (departure.kind === "restore") restore(path, departure.previous);
      });
      guard.dismiss();
      rmSync(options.backupPath, { force: true });
    },
  };
}

/** Takes out what daemons of this state left there that are gone: its lock is held. True if there was anything. */
export async function restoreResolvConf(
  { path, lockPath, server }: Pick<ResolvConfOptions, "path" | "lockPath" | "server">,
  state: string,
): Promise<boolean> {
  const isOurs = ({ id }: Owner): boolean => id.startsWith(`${state}-`);
  const left = (): Owner | undefined => parseManaged(read(path) ?? "")?.owners.find(isOurs);
  if (left() === undefined) return false;
  await locked(lockPath, state, () => {
    const departure = withoutOwner(read(path) ?? "", left()?.id ?? "", (other) => !isOurs(other) && isAlive(other));
    if (departure.kind === "others-remain") writeInPlace(path, formatManaged(departure.managed, server));
    if (departure.kind === "restore") restore(path, departure.previous);
  });
  return true;
}

function restore(path: string, previous: string | undefined): void {
  if (previous !== undefined) {
    writeInPlace(path, previous);
    return;
  }
  try {
    rmSync(path);
  } catch {
    // A mount point cannot be removed; empty is what comes nearest.
    writeInPlace(path, "");
  }
}

/**
 * The file is never empty in between, for resolvers that read it meanwhile and for a process that is killed: what was longer is first
 * overwritten by empty lines, in the same write, then cut off.
 */
function writeInPlace(path: string, text: string): void {
  const file = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o644);
  try {
    const content = Buffer.from(text);
    const rest = Math.max(0, fstatSync(file).size - content.length);
    const whole = Buffer.concat([content, Buffer.alloc(rest, "\n")]);
    for (let at = 0; at < whole.length;) at += writeSync(file, whole, at, whole.length - at, at);
    ftruncateSync(file, content.length);
  } finally {
    closeSync(file);
  }
}

/** Whether an owner's daemon may still run: not if its machine was booted since, or its process is gone from our own pid namespace. */
function isAlive(owner: Owner): boolean {
  const self = thisProcess();
  if (owner.boot !== self.boot) return false;
  if (owner.pidNamespace !== self.pidNamespace) return true;
  try {
    process.kill(owner.pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

function thisProcess(): Pick<Owner, "boot" | "pidNamespace" | "pid"> {
  return {
    boot: readOr(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim(), "unknown"),
    pidNamespace: readOr(() => readlinkSync("/proc/self/ns/pid").replace(/[^0-9]/g, ""), "unknown"),
    pid: process.pid,
  };
}

function readOr(readValue: () => string, otherwise: string): string {
  try {
    return readValue();
  } catch {
    return otherwise;
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

function mtimeMs(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/** Where the lock cannot be made at all (a read-only file system) nobody else makes it either: then without. */
async function locked(lockPath: string, holder: string, action: () => void): Promise<void> {
  makeParent(lockPath);
  const held = await takeLock(lockPath, holder);
  try {
    action();
  } finally {
    if (held) rmSync(lockPath, { recursive: true, force: true });
  }
}

function makeParent(path: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  } catch {
    // As above: then without.
  }
}

/** The link's target is no file but the holder's name, by which its guard knows a lock that it died with. */
async function takeLock(lockPath: string, holder: string): Promise<boolean> {
  for (let tries = 0; ; tries++) {
    try {
      symlinkSync(holder, lockPath);
      return true;
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) return false;
    }
    if (tries < LOCK_TRIES) await sleep(LOCK_RETRY_MS);
    else rmSync(lockPath, { recursive: true, force: true });
  }
}
