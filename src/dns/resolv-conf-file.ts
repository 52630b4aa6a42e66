// /etc/resolv.conf as a file: read, written in place (never renamed: containers mount it), one writer at a time, and given back.
import { randomBytes } from "node:crypto";
import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { removeFresh, writeFresh } from "../host/atomic-file.ts";
import { type Guard, startGuard } from "./guard.ts";
import { isAlive, thisProcess } from "./process-mark.ts";
import { formatManaged, type Owner, parseManaged, parseResolvConf, withoutOwner, withOwner } from "./resolv-conf.ts";
import { locked } from "./resolv-conf-lock.ts";

export interface ResolvConfOptions {
  readonly path: string;
  /** There for as long as somebody writes: on a file system that the daemons who share the file share as well. */
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

/** Rejects with the system's error where the file cannot be written. */
export async function claimResolvConf(options: ResolvConfOptions): Promise<ResolvConfClaim> {
  const { path, server } = options;
  const id = `${options.state}-${randomBytes(4).toString("hex")}`;
  const owner: Owner = { id, domain: options.domain, ...thisProcess() };
  let previous: string | undefined;
  let seenMtimeMs = 0;
  let released = false;

  const write = (): Promise<void> =>
    locked(options.lockPath, () => {
      // A renewal that waited for the lock while the claim was given up.
      if (released) return;
      const managed = withOwner(read(path), owner, isAlive);
      previous = managed.previous;
      writeFresh(options.backupPath, previous ?? "");
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
      await locked(options.lockPath, () => {
        released = true;
        const departure = withoutOwner(read(path) ?? "", owner.id, isAlive);
        if (departure.kind === "others-remain") writeInPlace(path, formatManaged(departure.managed, server));
        if (departure.kind === "restore") restore(path, departure.previous);
      });
      guard.dismiss();
      removeFresh(options.backupPath);
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
  await locked(lockPath, () => {
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
