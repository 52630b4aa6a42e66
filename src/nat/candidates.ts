// The addresses this node may be reached at, as told to others, and the check of what others tell.
import { parseIp, formatSocketAddress, type SocketAddress } from "../protocol/address.ts";
import { type Candidate, type CandidateKind, MAX_CANDIDATES } from "../protocol/candidate.ts";
import type { AddressFilter } from "./address-filter.ts";
import type { InterfaceAddress } from "./types.ts";

export interface CandidateSources {
  readonly interfaces: readonly InterfaceAddress[];
  /** The engine's UDP port. */
  readonly port: number;
  /** From STUN (reflexive.ts). */
  readonly reflexive: readonly SocketAddress[];
  /** From relay sessions. */
  readonly observed: readonly SocketAddress[];
  /** From the router (port-mapping/), as far as they are of use to others. */
  readonly portMapped?: readonly SocketAddress[];
  /** From the configuration: an operator knows of a port forwarding. */
  readonly configured: readonly SocketAddress[];
}

/** Behind a NAT that maps per destination every relay sees another address, useless to anyone else: a few are kept, as a sign of life. */
const MAX_OBSERVED = 2;

/** At most `MAX_CANDIDATES`: what the outside sees first, then interfaces; where an interface has the public address itself, it is "host". */
export function gatherCandidates(sources: CandidateSources, allows: AddressFilter): readonly Candidate[] {
  const hosts = sources.interfaces.map(({ ip }) => parseIp(ip)).filter((ip) => ip !== undefined);
  const hostAddresses = new Set(hosts.map((ip) => formatSocketAddress(ip, sources.port)));
  const ofKind = (kind: CandidateKind, addresses: Iterable<SocketAddress>) =>
    Array.from(addresses, (address): Candidate => ({ kind: hostAddresses.has(address) ? "host" : kind, address }));
  const reflexive = new Set(sources.reflexive);
  const observed = sources.observed.filter((address) => !reflexive.has(address)).slice(0, MAX_OBSERVED);
  return acceptCandidates(
    [
      ...ofKind("configured", sources.configured),
      ...ofKind("port-mapped", sources.portMapped ?? []),
      ...ofKind("reflexive", reflexive),
      ...ofKind("observed", observed),
      ...ofKind("host", hostAddresses),
    ],
    allows,
  );
}

/** Claims worth a probe: allowed addresses, each once, at most `MAX_CANDIDATES`. */
export function acceptCandidates(claims: readonly Candidate[], allows: AddressFilter): readonly Candidate[] {
  const byAddress = new Map<SocketAddress, Candidate>();
  for (const candidate of claims) {
    if (byAddress.size === MAX_CANDIDATES) break;
    if (!byAddress.has(candidate.address) && allows(candidate.address)) byAddress.set(candidate.address, candidate);
  }
  return [...byAddress.values()];
}

export function sameCandidates(a: readonly Candidate[], b: readonly Candidate[]): boolean {
  const addresses = new Set(a.map(({ address }) => address));
  return a.length === b.length && b.every(({ address }) => addresses.has(address));
}
