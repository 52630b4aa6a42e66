// What is left of root's powers in a process that stays. Capabilities are per thread, and Node has threads before the first line of a
// program runs: nothing but a program that drops them before exec (setpriv of util-linux) reaches them all.
import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { DAEMON_NODE_ARGS } from "./node-args.ts";

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

export interface Lowered {
  readonly command: readonly string[];
  /** Why it keeps more than it needs, and what would help; undefined where it does not. */
  readonly kept?: string;
}

interface Means {
  /** Text of /proc/self/status. */
  readonly status: string;
  readonly setpriv: readonly string[];
}

/**
 * `command` without the rest of root's powers; the same command where there are none, or where they cannot be dropped. `files` are what it
 * has to read: its program first of all; those that cannot be read as it is do not count.
 */
export function withLeastAuthority(
  command: readonly string[],
  files: readonly string[],
  { status, setpriv: paths }: Means = { status: readFileSync("/proc/self/status", "utf8"), setpriv: SETPRIV },
): Lowered {
  const authority = authorityOf(status);
  if (authority === "least") return { command };
  if (authority === "stuck")
    return { command, kept: keeps(`without CAP_SETPCAP none can be dropped; ${IN_CONTAINERS}`) };
  const setpriv = paths.find((path) => existsSync(path));
  if (setpriv === undefined) return { command, kept: keeps("there is no setpriv; install util-linux") };
  for (const capabilities of [KEPT_CAPABILITIES, [...KEPT_CAPABILITIES, READ_ANYWHERE]]) {
    const dropping = [setpriv, ...droppingAllBut(capabilities), "--"];
    // Also finds a setpriv that does not know these options (busybox), and a container that allows no change.
    const readable = files.filter(isReadable).flatMap((path) => ["-r", path, "-a"]);
    const [name, ...args] = [...dropping, "test", ...readable, "-x", command[0] ?? ""];
    if (spawnSync(name, args, { stdio: "ignore", cwd: "/" }).status === 0) {
      return { command: [...dropping, ...command] };
    }
  }
  return { command, kept: keeps(`${setpriv} drops none here; ${IN_CONTAINERS}`) };
}

const IN_CONTAINERS = "start a container with --cap-drop ALL --cap-add NET_ADMIN --cap-add NET_BIND_SERVICE";

function keeps(reason: string): string {
  return `this process keeps more of root's powers than it needs: ${reason}`;
}

/**
 * Begins this process anew, under the same process id, if it has more than it needs or lacks the flags of a process that stays (as in a
 * container, or by a unit that starts bin/meshd); what powers it has to keep, it says. Before anything is opened or read; `files` are those
 * named on its command line that it will read.
 */
export function dropAuthority(files: readonly (string | undefined)[]): void {
  const named = files.filter((path) => path !== undefined).map((path) => resolve(path));
  const flags = DAEMON_NODE_ARGS.filter((flag) => !process.execArgv.includes(flag));
  const given = [process.execPath, ...process.execArgv, ...flags, ...process.argv.slice(1)];
  const { command, kept } = withLeastAuthority(given, [process.argv[1] ?? "", ...named]);
  const [path = "", ...args] = command;
  // Does not return.
  if (flags.length > 0 || command.length > given.length) process.execve?.(path, [path, ...args]);
  if (kept !== undefined) process.stderr.write(`meshd: ${kept}\n`);
}

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * From the text of /proc/PID/status (proc(5)): nothing beyond what is needed; more, which can be dropped; or more for good, since without
 * CAP_SETPCAP the bounding set cannot be changed.
 */
export function authorityOf(status: string): "least" | "droppable" | "stuck" {
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? "0"}`);
  if ((effective & ~ALLOWED) === 0n) return "least";
  return (effective & (BITS.setpcap ?? 0n)) === 0n ? "stuck" : "droppable";
}

function droppingAllBut(capabilities: readonly string[]): readonly string[] {
  const set = ["-all", ...capabilities.map((name) => `+${name}`)].join(",");
  return [`--bounding-set=${set}`, "--inh-caps=-all", "--ambient-caps=-all", "--no-new-privs"];
}
