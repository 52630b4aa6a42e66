// What is left of root's powers in a process that stays. Capabilities are per thread, and Node has threads before the first line of a
// program runs: nothing but a program that drops them before exec (setpriv of util-linux) reaches them all.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";

/** TUN device, addresses, routes, socket buffers beyond the system's limit; ports below 1024. Units keep the same (systemd.ts). */
export const KEPT_CAPABILITIES = ["net_admin", "net_bind_service"] as const;
/** Kept besides where the program lies in a folder that root may enter only by it: a checkout below a home of mode 0700. */
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

/** `program` (main.js) run by `command` without the rest of root's powers; the same command where there are none, or no setpriv. */
export function withLeastAuthority(command: readonly string[], program: string): readonly string[] {
  if (!hasMoreThanNeeded(readFileSync("/proc/self/status", "utf8"))) return command;
  const setpriv = SETPRIV.find((path) => existsSync(path));
  if (setpriv === undefined) return command;
  for (const capabilities of [KEPT_CAPABILITIES, [...KEPT_CAPABILITIES, READ_ANYWHERE]]) {
    const dropping = [setpriv, ...droppingAllBut(capabilities), "--"];
    // Also finds a setpriv that does not know these options (busybox), and a container that allows no change.
    const [name, ...args] = [...dropping, "test", "-r", program, "-a", "-x", command[0] ?? ""];
    if (spawnSync(name, args, { stdio: "ignore", cwd: "/" }).status === 0) return [...dropping, ...command];
  }
  return command;
}

/** Begins this process anew, under the same process id, if it has more than it needs. Before anything is opened or read. */
export function dropAuthority(): void {
  const program = process.argv[1] ?? "";
  const command = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  const [path = "", ...args] = withLeastAuthority(command, program);
  if (args.length < command.length) return;
  process.execve?.(path, [path, ...args]);
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
