// Floods from a machine of the lab (native/flood), and a machine that they go to when they are to hit nobody.
import { fileURLToPath } from "node:url";
import type { Host } from "./lab.ts";

const program = fileURLToPath(new URL("../../native/target/release/flood", import.meta.url));

/** Sources that packets claim: nobody has them, and what is answered ends at the first router. */
const NOBODYS = "198.18.0.0/16";
/** Of the attacker: connections are made from there. */
const ATTACKERS = "198.19.0.0/16";

export type Flood =
  | {
      readonly what: "packets";
      /** One of native/flood/src/packets.rs. */
      readonly kind: string;
      readonly rate: number;
      /** "ip:port"; default: any address that nobody has. */
      readonly source?: string;
    }
  /** TCP connections that are made and stay silent, so many at a time; who cuts one gets another. */
  | { readonly what: "connections"; readonly count: number };

export interface FloodFigures {
  readonly seconds: number;
  /** Packets. */
  readonly sent?: number;
  /** Connections. */
  readonly opened?: number;
  readonly held?: number;
}

/** The attacker's addresses, and where answers to nobody go. */
export async function prepareFloods(internet: Host, attacker: Host): Promise<void> {
  await internet.output(["ip", "route", "add", "blackhole", NOBODYS]);
  await internet.output(["ip", "route", "add", ATTACKERS, "via", attacker.ipv4]);
  await attacker.output(["ip", "route", "add", "local", ATTACKERS, "dev", "lo"]);
}

/** Whom it is to hit, and at which port. */
export interface FloodAim {
  readonly victim: Host;
  readonly port: number;
}

/**
 * Packets are made on the victim itself, as if its line had brought them: nothing of what carries them in the lab slows them down, and each
 * comes alone. Connections come from the attacker, who answers.
 */
export async function runFlood(
  attacker: Host,
  { victim, port }: FloodAim,
  flood: Flood,
  seconds: number,
): Promise<FloodFigures> {
  const options =
    flood.what === "connections"
      ? ["connections", "--count", String(flood.count), "--source", ATTACKERS]
      : ["packets", "--kind", flood.kind, "--rate", String(flood.rate), "--source", flood.source ?? NOBODYS];
  const target = ["--target", `${victim.ipv4}:${port}`, "--seconds", String(seconds)];
  // Before everything else on this machine (sched(7)): a flood from elsewhere would not slow down because it is busy.
  const command = ["chrt", "--fifo", "1", program, ...options, ...target];
  const from = flood.what === "connections" ? attacker : victim;
  return JSON.parse(await from.output(command, { timeoutMs: (seconds + 30) * 1000 })) as FloodFigures;
}

/** Takes UDP and TCP at this port, and reads nothing. */
export async function startSink(host: Host, port: number): Promise<void> {
  await host.spawn([program, "sink", "--target", `${host.ipv4}:${port}`]).waitForLine(/^taking$/);
}
