// What a node says of its own NAT (RFC 4787 §4): how it maps, and how it picks ports. A hint for those who choose how to reach it.

import type { LaterFields } from "./candidate.ts";

/** "dependent": each destination gets a mapping of its own. In the order of the wire's numbers. */
export const NAT_MAPPINGS = ["unknown", "endpoint-independent", "dependent"] as const;
export type NatMapping = (typeof NAT_MAPPINGS)[number];

/** Of ports for new mappings. In the order of the wire's numbers. */
export const PORT_ALLOCATIONS = ["unknown", "preserving", "sequential", "random"] as const;
export type PortAllocation = (typeof PORT_ALLOCATIONS)[number];

export interface NatHint {
  readonly mapping: NatMapping;
  readonly allocation: PortAllocation;
  /** Of a sequential allocation, from one new mapping to the next; 0 otherwise. */
  readonly step: number;
  readonly later?: LaterFields;
}

export const UNKNOWN_NAT: NatHint = { mapping: "unknown", allocation: "unknown", step: 0 };
