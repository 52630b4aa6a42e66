// Where servers of the mesh saw a node's packets come from: the only addresses that other nodes may probe in numbers, so a node's own
// word, and that of a relay which a member offers, do not count. No I/O.
import { MAX_OBSERVED_IPS } from "../protocol/limits.ts";
import type { NodeKey } from "../protocol/node-key.ts";

export class ObservedAddresses {
  /** By who saw it, the newest last. */
  readonly #seen = new Map<NodeKey, Map<string, string>>();

  note(nodeKey: NodeKey, seenBy: string, ip: string): void {
    const seen = this.#seen.get(nodeKey) ?? new Map<string, string>();
    this.#seen.set(nodeKey, seen);
    seen.delete(seenBy);
    seen.set(seenBy, ip);
    // More relays than a node keeps sessions at: the oldest word is the least worth.
    for (const oldest of seen.keys()) {
      if (seen.size <= MAX_OBSERVED_IPS) break;
      seen.delete(oldest);
    }
  }

  /** Newest first, each once. */
  of(nodeKey: NodeKey): readonly string[] {
    return [...new Set([...(this.#seen.get(nodeKey)?.values() ?? [])].reverse())];
  }

  forget(nodeKey: NodeKey): void {
    this.#seen.delete(nodeKey);
  }
}
