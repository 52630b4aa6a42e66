// What is left of root's powers in a process that stays. Capabilities are per thread, and Node has threads before the first line of a
// program runs: nothing but a program that drops them before exec (setpriv of util-linux) reaches them all.
import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";

/** TUN device, addresses, routes, socket buffers beyond the system's limit; ports below 1024. Units keep the same (systemd.ts). */
export const KEPT_CAPABILITIES = ["net_admin", "net_bind_service"] as const;
/** Kept besides where root reads only by it: the program in a checkout below a home of mode 0700, somebody's key file of mode 0600. */
const READ_ANYWHERE = "dac_read_search";

/** linux/capability.h. */
const BITS: Readonly<Record<string, bigint>> = {
  [READ_ANYWHERE]: 1n << 2n,
  setpcap: 1n << 8n,
  net_bind_service: 1n << 10n,
  net_admin: 1n << 12n,
};
const ALLOWED = [...KEPT_CAPABILITIES, READ_ANYWHERE].reduce((mask, name) => mask | (BITS[name] ?? 0n), 0n);

/** By full path: what is run with all of root's powers is not looked for in $PATH. */
const SETPRIV = ["/usr/bin/setpriv", "/bin/setpriv"];

/**
 * `command` without the rest of root's powers; the same command where there are none, or no setpriv. `files` are what it has to read:
 * its program first of all; those that cannot be read as it is do not count.
 */
export function withLeastAuthority(command: readonly string[], files: readonly string[]): readonly string[] {
  if (!hasMoreThanNeeded(readFileSync("/proc/self/status", "utf8"))) return command;
  const setpriv = SETPRIV.find((path) => existsSync(path));
  if (setpriv === undefined) return command;
  for (const capabilities of [KEPT_CAPABILITIES, [...KEPT_CAPABILITIES, READ_ANYWHERE]]) {
    const dropping = [setpriv, ...droppingAllBut(capabilities), "--"];
    // Also finds a setpriv that does not know these options (busybox), and a container that allows no change.
    const readable = files.filter(isReadable).flatMap((path) => ["-r", path, "-a"]);
    const [name, ...args] = [...dropping, "test", ...readable, "-x", command[0] ?? ""];
    if (spawnSync(name, args, { stdio: "ignore", cwd: "/" }).status === 0) return [...dropping, ...command];
  }
  return command;
}

/**
 * Begins this process anew, under the same process id, if it has more than it needs. Before anything is opened or read; `files` are those
 * named on its command line that it will read.
 */
export function dropAuthority(files: readonly (string | undefined)[]): void {
  const named = files.filter((path) => path !== undefined).map((path) => resolve(path));
  const command = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  const [path = "", ...args] = withLeastAuthority(command, [process.argv[1] ?? "", ...named]);
  if (args.length < command.length) return;
  process.execve?.(path, [path, ...args]);
}

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

/** From the text of /proc/PID/status (proc(5)); without CAP_SETPCAP the bounding set cannot be changed. */
export function hasMoreThanNeeded(status: string): boolean {
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? "0"}`);
  return (effective & ~ALLOWED) !== 0n && (effective & (BITS.setpcap ?? 0n)) !== 0n;
}

function droppingAllBut(capabilities: readonly string[]): readonly string[] {
  const set = ["-all", ...capabilities.map((name) => `+${name}`)].join(",");
  return [`--bounding-set=${set}`, "--inh-caps=-all", "--ambient-caps=-all", "--no-new-privs"];
}
