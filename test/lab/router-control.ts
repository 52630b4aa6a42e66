// Starts lab-router on a router of the lab, and changes it while it runs.
import { connect } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Host } from "./lab.ts";
import type { RouterOptions } from "./sites.ts";

const program = fileURLToPath(new URL("../../native/target/release/lab-router", import.meta.url));

/** Packets, by what became of them. */
export interface RouterCounters {
  readonly outbound: number;
  readonly inbound: number;
  readonly hairpinned: number;
  readonly filtered: number;
  readonly lost: number;
  readonly queueFull: number;
  readonly tooBig: number;
  /** Of its NAT, now. */
  readonly mappings: number;
}

export async function startRouter(host: Host, options: RouterOptions): Promise<void> {
  const all: RouterOptions = { ...options, control: socketOf(host) };
  const switches = Object.entries(all).flatMap(([name, value]) =>
    value === true ? [`--${name}`] : [`--${name}`, String(value)],
  );
  const started = host.spawn([program, ...switches], { logFile: join(host.directory, "router.log") });
  await started.waitForLine(/^ready$/);
}

/** `value` "off" switches a switch off. */
export async function setRouterOption(host: Host, name: string, value: string | number = "on"): Promise<void> {
  await command(host, `set ${name} ${value}`);
}

export async function rebootRouter(host: Host, publicAddress?: string): Promise<void> {
  await command(host, `reboot ${publicAddress ?? ""}`);
}

export async function routerCounters(host: Host): Promise<RouterCounters> {
  return JSON.parse(await command(host, "counters")) as RouterCounters;
}

function socketOf(host: Host): string {
  return join(host.directory, "router.sock");
}

async function command(host: Host, line: string): Promise<string> {
  const socket = connect(socketOf(host));
  socket.setEncoding("utf8").write(`${line}\n`);
  let reply = "";
  for await (const text of socket as AsyncIterable<string>) reply += text;
  if (reply.startsWith("error")) throw new Error(`${host.name}: ${line}: ${reply.trim()}`);
  return reply.trim();
}
