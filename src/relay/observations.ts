// Where a relay sees nodes register from, on its way to the coordinator: changes at once, in batches, all of it again after a reconnect.
// A machine without I/O.
import { MAX_OBSERVATIONS } from "../protocol/limits.ts";
import type { RelayObservation } from "../protocol/messages.ts";
import type { NodeKey } from "../protocol/node-key.ts";
import type { Milliseconds } from "../protocol/units.ts";

/** The coordinator takes 100 messages a second of one session, of whatever kind. */
const BATCH_EVERY_MS: Milliseconds = 100;
/** Nodes remembered; the oldest give way. */
const MAX_NODES = 16_384;

export class Observations {
  /** In the order in which they were last seen. */
  readonly #seen = new Map<NodeKey, string>();
  readonly #untold = new Set<NodeKey>();
  #isConnected = false;
  #batchAt: Milliseconds = 0;

  handleSeen(nodeKey: NodeKey, ip: string): void {
    if (this.#seen.get(nodeKey) !== ip) this.#untold.add(nodeKey);
    this.#seen.delete(nodeKey);
    this.#seen.set(nodeKey, ip);
    for (const oldest of this.#seen.keys()) {
      if (this.#seen.size <= MAX_NODES) break;
      this.forget(oldest);
    }
  }

  forget(nodeKey: NodeKey): void {
    this.#seen.delete(nodeKey);
    this.#untold.delete(nodeKey);
  }

  /** The coordinator may have started anew, knowing nothing. */
  handleConnected(): void {
    this.#isConnected = true;
    for (const nodeKey of this.#seen.keys()) this.#untold.add(nodeKey);
  }

  handleDisconnected(): void {
    this.#isConnected = false;
  }

  /** Undefined: nothing to tell, or nobody. */
  pollTimeout(): Milliseconds | undefined {
    return this.#isConnected && this.#untold.size > 0 ? this.#batchAt : undefined;
  }

  pollTransmit(now: Milliseconds): readonly RelayObservation[] | undefined {
    if (!this.#isConnected || this.#untold.size === 0 || now < this.#batchAt) return undefined;
    this.#batchAt = now + BATCH_EVERY_MS;
    const batch: RelayObservation[] = [];
    for (const nodeKey of this.#untold) {
      if (batch.length === MAX_OBSERVATIONS) break;
      this.#untold.delete(nodeKey);
      const ip = this.#seen.get(nodeKey);
      if (ip !== undefined) batch.push({ nodeKey, ip });
    }
    return batch;
  }
}
