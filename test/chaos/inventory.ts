// What there is on the machines of a lab: programs, interfaces, addresses, routes, rules, resolver entries, files. Two inventories of
// the same machines must be the same, whatever happened between.
import { existsSync, readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Host } from "../lab/index.ts";

/** Sorted; what there is twice is there twice. */
export type Inventory = readonly string[];

const NETWORK_SCRIPT = `ip -o address | sed 's/^[0-9]*: /address /'
for family in -4 -6; do ip $family -o route show table all | sed 's/^/route /'; ip $family rule | sed 's/^/rule /'; done
ip -o link | sed 's/^[0-9]*: \\([^:@]*\\).*/link \\1/'
nft list ruleset | sed 's/^/nftables /'
sed 's/^/resolver /' /etc/resolv.conf`;

export async function takeInventory(hosts: readonly Host[]): Promise<Inventory> {
  const programs = programsOf(hosts);
  const lines = await Promise.all(
    hosts.map(async (host) => {
      const network = await host.output(["sh", "-c", NETWORK_SCRIPT]);
      const files = filesOf(host.directory).map((name) => `file ${name}`);
      return [...network.split("\n").filter(Boolean), ...files, ...(programs.get(host) ?? [])].map(
        (line) => `${host.name}: ${plain(line)}`,
      );
    }),
  );
  return lines.flat().toSorted();
}

/** In words: what is gone, and what is left over. */
export function compareInventories(before: Inventory, after: Inventory): readonly string[] {
  // Files that are being written, and renamed in the next moment; left over they count.
  const lasting = before.filter((line) => !line.endsWith(".new"));
  return [
    ...without(lasting, after).map((line) => `gone: ${line}`),
    ...without(after, before).map((line) => `left over: ${line}`),
  ];
}

/** What is left of a lab that was destroyed. */
export function remainsOf(prefix: string, directory: string): readonly string[] {
  const folders = ["/run/netns", "/etc/netns"].flatMap((folder) =>
    (existsSync(folder) ? readdirSync(folder) : [])
      .filter((name) => name.startsWith(prefix))
      .map((name) => join(folder, name)),
  );
  const mounts = readFileSync("/proc/self/mounts", "utf8")
    .split("\n")
    .filter((line) => line.includes(directory));
  const programs = processIds().filter((pid) => environmentOf(pid).includes(directory));
  return [
    ...folders,
    ...(existsSync(directory) ? [directory] : []),
    ...mounts.map((line) => `mount ${line}`),
    ...programs.map((pid) => `process ${pid}: ${commandOf(pid)}`),
  ].map((what) => `left over: ${what}`);
}

function without(all: Inventory, others: Inventory): readonly string[] {
  const left = [...others];
  return all.filter((line) => {
    const at = left.indexOf(line);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

/** Without what differs by nature: link-local addresses, which a new interface draws anew, lifetimes, and who holds resolv.conf. */
function plain(line: string): string {
  return line
    .replaceAll(/fe80::[0-9a-f:]+/g, "fe80::*")
    .replaceAll(/\s(?:expires|valid_lft|preferred_lft) \S+/g, "")
    .replace(/(#meshd-owner) .*/, "$1 *")
    .replaceAll(/\\?\s+/g, " ");
}

/** State, sockets and the like; not logs, the lab's own clocks, and what a node measures some time after it has come to a network. */
function filesOf(directory: string): readonly string[] {
  return readdirSync(directory, { recursive: true, encoding: "utf8" }).filter(
    (name) => !/\.(log|clock)$|networks\.json$/.test(name),
  );
}

function programsOf(hosts: readonly Host[]): ReadonlyMap<Host, readonly string[]> {
  const byNamespace = new Map(hosts.map((host) => [statSync(`/run/netns/${host.namespace}`).ino, host]));
  const found = new Map<Host, string[]>();
  for (const pid of processIds()) {
    const host = byNamespace.get(namespaceOf(pid));
    const command = commandOf(pid);
    // Pings and shells of the run itself come and go.
    if (host === undefined || command === "" || /^(ping|ip|sh|sed|nft) /.test(command)) continue;
    found.set(host, [...(found.get(host) ?? []), `process ${command}`]);
  }
  return found;
}

function processIds(): readonly string[] {
  return readdirSync("/proc").filter((name) => /^\d+$/.test(name));
}

function namespaceOf(pid: string): number {
  try {
    return Number(/\d+/.exec(readlinkSync(`/proc/${pid}/ns/net`))?.[0]);
  } catch {
    return 0; // It ended meanwhile.
  }
}

/** Without numbers, which may be ids of processes. */
function commandOf(pid: string): string {
  try {
    const words = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
    return words.replaceAll(/\b\d+\b/g, "N").slice(0, 200);
  } catch {
    return "";
  }
}

function environmentOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8");
  } catch {
    return "";
  }
}
