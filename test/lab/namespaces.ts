// Makes and removes what a lab needs of the kernel. Names carry the process that owns them, so that labs run side by side and
// what a killed run left behind is found by the next one.
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import type { LabPlan, NodePlan } from "./topology.ts";

const PREFIX = "lab-";
let labsOfThisProcess = 0;

/** "lab-PID-N-": namespaces of one lab begin with it. */
export function newLabPrefix(): string {
  labsOfThisProcess += 1;
  return `${PREFIX}${process.pid}-${labsOfThisProcess}-`;
}

export function namespaceOf(prefix: string, node: string): string {
  return `${prefix}${node}`;
}

export async function createNamespaces(prefix: string, plan: LabPlan): Promise<void> {
  for (const node of plan.nodes) writeResolverFile(namespaceOf(prefix, node.name));
  const cables = plan.links.map(({ ends: [left, right] }, number) => {
    const ns = (node: string) => namespaceOf(prefix, node);
    // Different indices at both ends: a kernel takes a veth whose peer has the same index for a plain device, and lets
    // its going up wait for a second.
    const index = 1000 + 2 * number;
    return (
      `link add name ${left.name} netns ${ns(left.node)} index ${index} type veth ` +
      `peer name ${right.name} netns ${ns(right.node)} index ${index + 1}`
    );
  });
  await runScript([
    "ip",
    ["-batch", "-"],
    [...plan.nodes.map((node) => `netns add ${namespaceOf(prefix, node.name)}`), ...cables].join("\n"),
  ]);
  await Promise.all(
    plan.nodes.map((node) => {
      const script = configuration(node, plan);
      return runScript(["ip", ["netns", "exec", namespaceOf(prefix, node.name), "sh", "-eu"], script]);
    }),
  );
}

/** Ends every process inside, then removes the namespaces and their files. Safe to call twice, and from an exit handler. */
export function removeNamespaces(prefix: string): void {
  const names = namespaces().filter((name) => name.startsWith(prefix));
  for (const name of names) killProcesses(name);
  if (names.length > 0) {
    const deletions = names.map((name) => `netns del ${name}`).join("\n");
    execFileSync("ip", ["-force", "-batch", "-"], { input: deletions, stdio: ["pipe", "ignore", "ignore"] });
  }
  for (const entry of existsSync("/etc/netns") ? readdirSync("/etc/netns") : []) {
    if (entry.startsWith(prefix)) rmSync(`/etc/netns/${entry}`, { recursive: true, force: true });
  }
}

/** Lets a lab outlive its process. */
export function markKept(prefix: string): void {
  writeFileSync(keptMark(prefix), "");
}

/** Prefixes of the labs whose process is gone: what a killed run left behind, or kept on purpose. */
export function ownerlessLabs(kind: "abandoned" | "all"): readonly string[] {
  const prefixes = new Set(namespaces().flatMap((name) => /^lab-\d+-\d+-/.exec(name)?.[0] ?? []));
  return [...prefixes].filter(
    (prefix) => !existsSync(`/proc/${prefix.split("-")[1] ?? ""}`) && (kind === "all" || !existsSync(keptMark(prefix))),
  );
}

function keptMark(prefix: string): string {
  return `/etc/netns/${namespaceOf(prefix, "internet")}/kept`;
}

function namespaces(): string[] {
  return existsSync("/run/netns") ? readdirSync("/run/netns") : [];
}

/** Processes may fork while they are killed: until none is left. */
function killProcesses(namespace: string): void {
  for (let round = 0; round < 50; round++) {
    const pids = execFileSync("ip", ["netns", "pids", namespace], { encoding: "utf8" }).trim().split("\n");
    const alive = pids.filter((pid) => pid !== "" && !isZombie(pid));
    if (alive.length === 0) return;
    for (const pid of alive) {
      try {
        process.kill(Number(pid), "SIGKILL");
      } catch {
        // Ended by itself meanwhile.
      }
    }
  }
}

function isZombie(pid: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/\(.*\)/s, "")
      .includes(" Z ");
  } catch {
    return true;
  }
}

/** `ip netns exec` mounts this file over /etc/resolv.conf. */
function writeResolverFile(namespace: string): void {
  mkdirSync(`/etc/netns/${namespace}`, { recursive: true });
  writeFileSync(`/etc/netns/${namespace}/resolv.conf`, "nameserver 203.0.113.1\n");
}

/** A shell script that runs inside the namespace of a node. */
function configuration(node: NodePlan, plan: LabPlan): string {
  const ends = plan.links.flatMap((link) => link.ends).filter((end) => end.node === node.name);
  const commands = [
    "link set dev lo up",
    ...Object.entries(node.bridges).flatMap(([bridge, { ports, addresses }]) => [
      `link add name ${bridge} type bridge mcast_snooping 0`,
      ...ports.map((port) => `link set dev ${port} master ${bridge}`),
      ...addresses.map((address) => addAddress(address, bridge)),
      `link set dev ${bridge} up`,
    ]),
    ...ends.flatMap((end) => [
      ...end.addresses.map((address) => addAddress(address, end.name)),
      `link set dev ${end.name} up`,
    ]),
    ...node.routes.map(({ destination, via }) => `route add ${destination} via ${via}`),
  ];
  const forwards = node.role !== "host";
  const joinedBridges = Object.keys(node.bridges).filter((bridge) => node.bridges[bridge]?.ports.length !== 0);
  return [
    "cd /proc/sys/net",
    // Addresses are usable at once: nobody else is on these links.
    ...["all", "default", ...ends.map((end) => end.name)].map((link) => `echo 0 > ipv6/conf/${link}/accept_dad`),
    ...(forwards ? ["echo 1 > ipv4/ip_forward; echo 1 > ipv6/conf/all/forwarding"] : []),
    // Everyone may ping.
    "echo '0 2147483647' > ipv4/ping_group_range",
    `ip -batch - <<'END'\n${commands.join("\n")}\nEND`,
    ...(node.ruleset === "" ? [] : [`nft -f - <<'END'\n${node.ruleset}END`]),
    ...(node.setup ?? []),
    // The kernel sends nothing on a link before it has noticed that both ends are up, which may take it a while.
    ...[...ends.map((end) => end.name), ...joinedBridges].map(
      (link) => `while [ "$(cat /sys/class/net/${link}/operstate)" = down ]; do sleep 0.01; done`,
    ),
  ].join("\n");
}

function addAddress(address: string, link: string): string {
  return `address add ${address} dev ${link}${address.includes(":") ? " nodad" : ""}`;
}

async function runScript([program, args, input]: readonly [string, readonly string[], string]): Promise<void> {
  const child = spawn(program, args, { stdio: ["pipe", "ignore", "pipe"] });
  child.stdin.on("error", () => undefined).end(input);
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
  await new Promise<void>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0) resolve();
      else reject(new Error(`${program} ${args.join(" ")} failed: ${errors.trim()}`));
    });
  });
}
