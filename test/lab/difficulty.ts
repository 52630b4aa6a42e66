// How hard it is to reach a host of a site over IPv4 and UDP, and what that makes of a pair. Lab and simulation judge by the same rules.

export type Difficulty =
  /** Anybody may send to its public or mapped address, or anybody from an address that was sent to. */
  | "open"
  /** One public address for all peers, but only who was sent to may answer. */
  | "strict"
  /** Another port for each peer, which can be told from the last one. */
  | "sequential"
  /** Another port for each peer, which cannot be told. */
  | "random"
  /** However hard it would be, the host may ask for an open port. */
  | "port-mapping"
  /** Neither in nor out. */
  | "udp-blocked";

/** How the direct path is found, a relay where there is none, or "either" where a direct one would be better and is not required. */
export type WayOverIpv4 =
  "port-mapping" | "endpoint-independent" | "hard-to-open" | "prediction" | "birthday" | "relay" | "either";

/** The first rule that fits. */
export function wayOverIpv4(left: Difficulty, right: Difficulty): WayOverIpv4 {
  const difficulties = [left, right];
  if (difficulties.includes("udp-blocked")) return "relay";
  if (difficulties.includes("port-mapping")) return "port-mapping";
  if (!difficulties.includes("random") && !difficulties.includes("sequential")) return "endpoint-independent";
  if (difficulties.includes("open")) return "hard-to-open";
  if (difficulties.includes("strict")) return difficulties.includes("sequential") ? "prediction" : "birthday";
  return difficulties.includes("random") ? "relay" : "either";
}
