// Sealed pings that wait for their pong. A pong counts once, only for a ping of ours, and only from the address that was pinged, by the same socket:
// an answer from elsewhere proves nothing about the way there.
import { type Milliseconds, SECOND_MS } from "../protocol/units.ts";
import type { RemoteKey } from "./remote.ts";

/** Longer than the slowest round trip a path may have and still be of use. */
const PONG_WAIT_MS: Milliseconds = 5 * SECOND_MS;
/** More than two whole attempts send; bounds memory whatever the timing. */
const MAX_OUTSTANDING = 512;

interface Ping {
  readonly to: RemoteKey;
  readonly sentAt: Milliseconds;
}

export class OutstandingPings {
  /** By transaction id; insertion order is the order of sending. */
  readonly #pings = new Map<string, Ping>();

  add(transactionId: Uint8Array, to: RemoteKey, now: Milliseconds): void {
    for (const [key, { sentAt }] of this.#pings) {
      if (sentAt > now - PONG_WAIT_MS && this.#pings.size < MAX_OUTSTANDING) break;
      this.#pings.delete(key);
    }
    this.#pings.set(keyOf(transactionId), { to, sentAt: now });
  }

  /** The round trip, if this pong answers. */
  settle(transactionId: Uint8Array, from: RemoteKey, now: Milliseconds): Milliseconds | undefined {
    const key = keyOf(transactionId);
    const ping = this.#pings.get(key);
    if (ping?.to !== from || ping.sentAt <= now - PONG_WAIT_MS) return undefined;
    this.#pings.delete(key);
    return now - ping.sentAt;
  }

  clear(): void {
    this.#pings.clear();
  }
}

function keyOf(transactionId: Uint8Array): string {
  return Buffer.from(transactionId).toString("hex");
}
