// Who is online, since which start of its engine, and where it says it may be found. No I/O.
import type { Candidate } from "../protocol/candidate.ts";
import type { PresenceEntry } from "../protocol/messages.ts";
import type { NodeKey } from "../protocol/node-key.ts";

export class PresenceBook {
  readonly #entries = new Map<NodeKey, PresenceEntry>();

  entry(nodeKey: NodeKey): PresenceEntry | undefined {
    return this.#entries.get(nodeKey);
  }

  isOnline(nodeKey: NodeKey): boolean {
    return this.#entries.get(nodeKey)?.online ?? false;
  }

  /** Newest known ones of a node that is online. */
  candidatesOf(nodeKey: NodeKey): readonly Candidate[] | undefined {
    const entry = this.#entries.get(nodeKey);
    return entry?.online === true ? entry.candidates : undefined;
  }

  /** A node of which nothing is known but when it was last there. */
  remember(nodeKey: NodeKey, lastSeenUnixMs: number): PresenceEntry {
    return this.#set({ kind: "presence", nodeKey, online: false, lastSeenUnixMs, candidates: [], homeRelay: "" });
  }

  /** What a node said before it reconnected stays, until it says more: its address is more likely the same than not. */
  cameOnline(nodeKey: NodeKey, bootId: Uint8Array, nowUnixMs: number): PresenceEntry {
    const before = this.#entries.get(nodeKey);
    return this.#set({
      kind: "presence",
      nodeKey,
      online: true,
      lastSeenUnixMs: nowUnixMs,
      bootId,
      candidates: before?.candidates ?? [],
      homeRelay: before?.homeRelay ?? "",
    });
  }

  /** Undefined for a node that is not online. */
  moved(nodeKey: NodeKey, candidates: readonly Candidate[], homeRelay: string): PresenceEntry | undefined {
    const before = this.#entries.get(nodeKey);
    return before?.online === true ? this.#set({ ...before, candidates, homeRelay }) : undefined;
  }

  wentOffline(nodeKey: NodeKey, nowUnixMs: number): PresenceEntry | undefined {
    const before = this.#entries.get(nodeKey);
    return before?.online === true ? this.#set({ ...before, online: false, lastSeenUnixMs: nowUnixMs }) : undefined;
  }

  forget(nodeKey: NodeKey): void {
    this.#entries.delete(nodeKey);
  }

  #set(entry: PresenceEntry): PresenceEntry {
    this.#entries.set(entry.nodeKey, entry);
    return entry;
  }
}
