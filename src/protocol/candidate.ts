import type { SocketAddress } from "./address.ts";

/** A claim that a node may be reached at an address, and how the claim came about. */
export interface Candidate {
  readonly kind: CandidateKind;
  readonly address: SocketAddress;
  readonly later?: LaterFields;
}

/** What a version after this one says besides: a coordinator passes it on as it came. */
export type LaterFields = readonly Uint8Array[];

/** In the order of the wire's numbers (Candidate.Kind). */
export const CANDIDATE_KINDS = ["host", "reflexive", "port-mapped", "configured", "observed"] as const;
export type CandidateKind = (typeof CANDIDATE_KINDS)[number];

/** More is never sent, and never accepted. */
export const MAX_CANDIDATES = 16;
