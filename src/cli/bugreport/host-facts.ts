// What a bug report says of the host: system, routes and rules, resolver, and the files of the role without what is in them.
import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { arch, cpus, release, totalmem, type, uptime } from "node:os";
import { join } from "node:path";
import { run } from "../../host/run.ts";
import { readSmallFile } from "../../host/small-file.ts";
import { type Part, part } from "./section.ts";

const MAX_FILE_BYTES = 1 << 20;
const MAX_STATE_FILES = 200;
/** Of the standard output of one program: a router may have a million routes. */
const MAX_OUTPUT = 64 << 10;

const COMMANDS: readonly (readonly [title: string, program: string, ...args: string[]])[] = [
  ["addresses", "ip", "-brief", "address"],
  ["IPv4 rules", "ip", "-4", "rule"],
  ["IPv6 rules", "ip", "-6", "rule"],
  ["IPv4 routes", "ip", "-4", "route", "show", "table", "all"],
  ["IPv6 routes", "ip", "-6", "route", "show", "table", "all"],
  ["systemd-resolved", "resolvectl", "status"],
];

export function systemFacts(): object {
  return {
    system: `${type()} ${release()} ${arch()}`,
    distribution: distribution(),
    cpus: cpus().length,
    memoryMb: Math.round(totalmem() / (1 << 20)),
    uptimeHours: Math.round(uptime() / 360) / 10,
    container: /\b(?:docker|lxc|kubepods|containerd)\b/.test(tryRead("/proc/1/cgroup")) || undefined,
    tun: lstatSync("/dev/net/tun", { throwIfNoEntry: false }) !== undefined,
  };
}

export async function networkParts(): Promise<readonly Part[]> {
  const outputs = COMMANDS.map(([title, program, ...args]) =>
    part(title, async () => {
      const { ok, stdout, problem } = await run(program, args);
      if (!ok) throw new Error(problem);
      return stdout.slice(0, MAX_OUTPUT);
    }),
  );
  const resolver = part("/etc/resolv.conf", () => readSmallFile("/etc/resolv.conf", MAX_FILE_BYTES));
  return Promise.all([...outputs, resolver]);
}

/** Names, sizes, modes, and the version that a JSON file says it has. */
export function stateFiles(directory: string): readonly object[] {
  return readdirSync(directory, { recursive: true, encoding: "utf8" })
    .toSorted()
    .slice(0, MAX_STATE_FILES)
    .flatMap((name) => {
      const path = join(directory, name);
      const stat = lstatSync(path, { throwIfNoEntry: false });
      if (stat === undefined) return [];
      const facts = { name, mode: (stat.mode & 0o7777).toString(8).padStart(4, "0"), uid: stat.uid, bytes: stat.size };
      return [{ ...facts, changed: stat.mtime.toISOString(), ...(stat.isFile() && { version: versionIn(path) }) }];
    });
}

/** Undefined for a file that is no JSON, or says none. */
function versionIn(path: string): number | undefined {
  try {
    const value: unknown = JSON.parse(readSmallFile(path, MAX_FILE_BYTES));
    const version = typeof value === "object" && value !== null && "version" in value ? value.version : undefined;
    return typeof version === "number" ? version : undefined;
  } catch {
    return undefined;
  }
}

function distribution(): string {
  return /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(tryRead("/etc/os-release"))?.[1] ?? "not known";
}

function tryRead(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
