import { verifyDiscoKey } from "../identity/signatures.ts";
import { equalBytes } from "../identity/hash.ts";
import { ProtocolViolation } from "../protocol/errors.ts";
import type { NetmapEntry, NetmapHeader, NetmapUpdate, SignedNetmapHeader } from "../protocol/messages.ts";
import { decodeNetmapEntry } from "../protocol/netmap-codec.ts";
import { nodeKeyBytes } from "../protocol/node-key.ts";
import { compareHeaders, verifyHeader } from "./header.ts";
import type { NetmapTrust } from "./header.ts";
import { add, emptySet, entryDigest, setHash, subtract } from "./lthash.ts";
import type { LtHashState } from "./lthash.ts";

/** A netmap that was checked. Immutable: applying an update makes a new one. */
export interface NetmapState {
  readonly header: NetmapHeader;
  /** As received: shown to the coordinator on resuming, and kept on disk. */
  readonly signedHeader: SignedNetmapHeader;
  readonly entries: ReadonlyMap<string, HeldEntry>;
  readonly set: LtHashState;
}

export interface HeldEntry {
  /** As received. */
  readonly bytes: Uint8Array;
  /** Undefined if this version cannot use it: a kind of a later version, or content that is not right. */
  readonly entry?: NetmapEntry;
  /** What is not right. */
  readonly problem?: string;
}

/** The reason of a refusal that a full netmap does not cure: the sender is behind. */
export const NETMAP_OLDER = "netmap is older than the one held";

export type Applied =
  { readonly ok: true; readonly state: NetmapState } | { readonly ok: false; readonly reason: string };

/**
 * The state after an update: `current` plus and minus its entries (or only its entries, if it is full). Refused with a reason
 * unless the header is genuine, for us, not older than `current`, and exactly that set of entries results. Does no I/O.
 */
export function applyUpdate(trust: NetmapTrust, current: NetmapState | undefined, update: NetmapUpdate): Applied {
  const header = verifyHeader(trust, update.header);
  if ("reason" in header) return { ok: false, reason: header.reason };
  if (current && compareHeaders(header, current.header) < 0) {
    return { ok: false, reason: NETMAP_OLDER };
  }
  if (!current && !update.full) return { ok: false, reason: "netmap change without a netmap" };
  const base = update.full ? undefined : current;
  const entries = new Map(base?.entries);
  const set = base ? base.set.slice() : emptySet();
  try {
    for (const name of update.removed) takeOut(entries, set, name);
    for (const bytes of update.entries) putIn(entries, set, bytes, header.meshId);
  } catch (error) {
    if (error instanceof ProtocolViolation) return { ok: false, reason: error.message };
    throw error;
  }
  if (!equalBytes(setHash(set), header.setHash))
    return { ok: false, reason: "netmap entries do not add up to the signed hash" };
  return { ok: true, state: { header, signedHeader: update.header, entries, set } };
}

function takeOut(entries: Map<string, HeldEntry>, set: LtHashState, name: string): void {
  const held = entries.get(name);
  if (!held) return;
  subtract(set, entryDigest(held.bytes));
  entries.delete(name);
}

function putIn(entries: Map<string, HeldEntry>, set: LtHashState, bytes: Uint8Array, meshId: Uint8Array): void {
  const { name, entry, problem } = decodeNetmapEntry(bytes);
  takeOut(entries, set, name);
  add(set, entryDigest(bytes));
  const reason = problem ?? (entry && discoProblem(entry, meshId));
  entries.set(name, reason === undefined ? { bytes, ...(entry && { entry }) } : { bytes, problem: reason });
}

/** A disco key counts only with its node's own signature: not even the coordinator can put another in its place. */
function discoProblem(entry: NetmapEntry, meshId: Uint8Array): string | undefined {
  if (entry.kind !== "peer") return undefined;
  return verifyDiscoKey(nodeKeyBytes(entry.nodeKey), meshId, entry.discoKey, entry.discoSignature)
    ? undefined
    : "disco key is not signed by its node";
}
