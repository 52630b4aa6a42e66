// Whether a server lost its mappings, told by the clock it sends along. PCP's rules (RFC 6887 §8.5), used for NAT-PMP too, whose own
// (RFC 6886 §3.6) are of the same kind and coarser.
import { type Milliseconds, SECOND_MS } from "../../protocol/units.ts";

interface Reading {
  readonly epochSeconds: number;
  readonly at: Milliseconds;
}

export class EpochWatch {
  #last: Reading | undefined;

  /** True if the server started anew since the last reading. */
  handleEpoch(epochSeconds: number, now: Milliseconds): boolean {
    const last = this.#last;
    this.#last = { epochSeconds, at: now };
    if (last === undefined) return false;
    // Answers may overtake each other by a second.
    if (epochSeconds + 1 < last.epochSeconds) return true;
    const clientDelta = (now - last.at) / SECOND_MS;
    const serverDelta = epochSeconds - last.epochSeconds;
    // Two seconds of rounding and delay, and clocks that differ by a sixteenth.
    return (
      clientDelta + 2 < serverDelta - Math.trunc(serverDelta / 16) ||
      serverDelta + 2 < clientDelta - Math.trunc(clientDelta / 16)
    );
  }
}
