// Nodes that are no members any more although their tickets may still be valid, as the coordinator told.
import { MAX_REVOCATIONS } from "../protocol/limits.ts";
import type { RelayRevocationsMessage } from "../protocol/messages.ts";
import type { NodeKey } from "../protocol/node-key.ts";

export class Revocations {
  /** In the order in which they came. */
  #revoked: Set<NodeKey>;

  constructor(revoked: readonly NodeKey[]) {
    this.#revoked = new Set(revoked);
  }

  has(nodeKey: NodeKey): boolean {
    return this.#revoked.has(nodeKey);
  }

  all(): readonly NodeKey[] {
    return [...this.#revoked];
  }

  /** Those revoked that were not before. The oldest give way to more than there is room for: their tickets end first. */
  apply({
    full,
    nodeKeys,
    restored,
  }: Pick<RelayRevocationsMessage, "full" | "nodeKeys" | "restored">): readonly NodeKey[] {
    const before = this.#revoked;
    this.#revoked = new Set(full ? nodeKeys : [...before, ...nodeKeys]);
    for (const nodeKey of restored) this.#revoked.delete(nodeKey);
    for (const nodeKey of this.#revoked) {
      if (this.#revoked.size <= MAX_REVOCATIONS) break;
      this.#revoked.delete(nodeKey);
    }
    return [...this.#revoked].filter((nodeKey) => !before.has(nodeKey));
  }
}
