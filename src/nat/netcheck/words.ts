// What a report means, for people: one line each, the most important first.
import type { NetcheckReport, PortAllocation } from "./types.ts";

export function explainReport(report: NetcheckReport): readonly string[] {
  if (!report.udp) return explainBlocked(report);
  return [
    explainMapping(report),
    explainFiltering(report),
    explainHairpin(report),
    explainLifetime(report),
    explainPortMapping(report),
    explainIpv6(report),
  ].filter((line) => line !== undefined);
}

function explainBlocked({ captivePortal, relays }: NetcheckReport): readonly string[] {
  if (captivePortal === true) {
    return ["A login page answers in place of the mesh's servers: sign in to this network with a browser first."];
  }
  const overTcp = relays.some(({ tcpMs }) => tcpMs !== null);
  return overTcp
    ? ["UDP is blocked here: everything goes through a relay over TCP. Outgoing UDP would make direct paths possible."]
    : ["Nothing answers, over UDP or TCP: check this host's network, and whether the mesh's servers are up."];
}

function explainMapping({ ipv4, mapping, allocation, portMapping }: NetcheckReport): string | undefined {
  if (!ipv4) return undefined;
  switch (mapping) {
    case "endpoint-independent":
      return "The public address is the same for every peer: direct paths work with most networks.";
    case "address-dependent":
    case "address-and-port-dependent":
      return portMapping.length > 0
        ? "The router uses another public port for every peer (a hard NAT), but opens one on request that all can use."
        : `The router uses another public port for every peer (a hard NAT): ${explainAllocation(allocation)}`;
    case "unknown":
      return "Whether the public address is the same for every peer needs a second server with another IP to tell.";
  }
}

function explainAllocation(allocation: PortAllocation): string {
  switch (allocation.pattern) {
    case "preserving":
      return "it keeps the port where it is free, which can often be predicted.";
    case "sequential":
      return `ports follow each other in steps of ${String(allocation.step)}, which can be predicted.`;
    case "random":
    case "unknown":
      return "direct paths to other strict networks take many probes, or a relay.";
  }
}

function explainFiltering({ ipv4, filtering }: NetcheckReport): string | undefined {
  if (!ipv4) return undefined;
  switch (filtering) {
    case "endpoint-independent":
      return "Anyone may write to an open port: even peers behind hard NATs get in.";
    case "address-dependent":
      return "Only addresses that were written to may answer, from any port: peers behind hard NATs get in.";
    case "address-and-port-dependent":
      return "Only who was written to may answer, which is usual: both sides have to write at once, and meshd does.";
    case "unknown":
      return undefined;
  }
}

function explainHairpin({ hairpin }: NetcheckReport): string | undefined {
  return hairpin === false
    ? "The router does not lead back inside: nodes of this network meet by their LAN addresses only."
    : undefined;
}

/** What home routers give, and less of which costs batteries and money. */
const USUAL_LIFETIME_SECONDS = 30;

function explainLifetime({ mappingLifetimeSeconds: seconds }: NetcheckReport): string | undefined {
  if (seconds === null) return undefined;
  if (seconds === 0)
    return "An idle mapping dies within 20 s: keepalives every 15 s may not save it, and quiet paths are found anew.";
  const kept = `An idle mapping lives for ${String(seconds)} s at least`;
  return seconds < USUAL_LIFETIME_SECONDS ? `${kept}, which is little: quiet paths need many keepalives.` : `${kept}.`;
}

function explainPortMapping({ ipv4, portMapping, mapping }: NetcheckReport): string | undefined {
  if (portMapping.length > 0) return `The router opens ports on request (${portMapping.join(", ")}).`;
  const helps = ipv4 && mapping !== "endpoint-independent";
  return helps ? "The router offers no port mapping (PCP, NAT-PMP, UPnP); switching it on would help." : undefined;
}

function explainIpv6({ ipv4, ipv6 }: NetcheckReport): string | undefined {
  if (ipv6) return "IPv6 works.";
  return ipv4 ? "There is no IPv6 to the mesh's servers." : undefined;
}
