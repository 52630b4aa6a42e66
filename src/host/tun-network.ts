// Gives the TUN device its addresses, MTU and routes, through iproute2. Nothing to undo: all of it goes with the device.
import { writeFileSync } from "node:fs";
import { MeshdError } from "../protocol/errors.ts";
import { run, type RunResult } from "./run.ts";

export interface TunNetwork {
  readonly device: string;
  readonly mtuBytes: number;
  /** Own overlay addresses. */
  readonly ips: readonly string[];
  /** The mesh's prefixes, routed into the device. */
  readonly prefixes: readonly string[];
}

/** Returns warnings (a host without IPv6 still has IPv4). Errors: `MeshdError` where not even IPv4 can be set up. */
export async function configureTun(network: TunNetwork): Promise<readonly string[]> {
  enableIpv6(network.device);
  const { device } = network;
  const [link, ipv4, ipv6] = [linkCommands(network), familyCommands(network, 4), familyCommands(network, 6)];
  // All at once, as a rule; one family after the other to find out what does not work.
  if ((await batch([...link, ...ipv4, ...ipv6])).ok) return [];
  const needed = await batch([...link, ...ipv4]);
  if (!needed.ok) throw failure(device, needed.problem);
  const more = await batch(ipv6);
  return more.ok ? [] : [`no IPv6 in the mesh: this host refuses it on ${device} (${more.problem})`];
}

/** Of `ip` commands, until one fails. Each may be repeated. */
function batch(commands: readonly string[]): Promise<RunResult> {
  return run("ip", ["-batch", "-"], commands.join("\n"));
}

function failure(device: string, problem: string): MeshdError {
  return new MeshdError(
    "tun-network",
    1,
    `cannot configure ${device}: ${problem}; is iproute2 installed and this root?`,
  );
}

export function linkCommands({ device, mtuBytes }: TunNetwork): readonly string[] {
  return [`link set dev ${device} mtu ${String(mtuBytes)}`, `link set dev ${device} up`];
}

/** `nodad`: the address is nobody else's, and must be usable at once (RFC 4862 §5.4 would make it wait). */
export function familyCommands({ device, ips, prefixes }: TunNetwork, family: 4 | 6): readonly string[] {
  const ofFamily = (text: string): boolean => text.includes(":") === (family === 6);
  const [source] = ips.filter(ofFamily);
  if (source === undefined) return [];
  const length = family === 4 ? "32" : "128";
  return [
    ...ips.filter(ofFamily).map((ip) => `address replace ${ip}/${length} dev ${device}${family === 6 ? " nodad" : ""}`),
    ...prefixes.filter(ofFamily).map((prefix) => `route replace ${prefix} dev ${device} src ${source}`),
  ];
}

/** Container runtimes switch IPv6 off by default for new devices; on our own device we may switch it on. */
function enableIpv6(device: string): void {
  try {
    writeFileSync(`/proc/sys/net/ipv6/conf/${device}/disable_ipv6`, "0");
  } catch {
    // No IPv6 in this kernel, or /proc is read-only: configureTun tells whether it matters.
  }
}
