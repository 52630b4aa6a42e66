// One node's allowance of disco packets to bare addresses. Whatever peers, coordinator or a burst of contacts ask for, nobody's
// router sees more than this from us in any second; what does not fit waits.
import { type Milliseconds, SECOND_MS } from "../protocol/units.ts";

/** In any window of one second. A contact takes a few dozen; home routers hold up with hundreds of new UDP sessions a second. */
export const PROBE_BUDGET = 600;
/** Of these only answers may use the last ones, or a burst of our own contacts would keep others from finding their way to us. */
export const ANSWER_RESERVE = 150;

const WINDOW_MS: Milliseconds = SECOND_MS;

/** Birthday probing leaves this much to other peers' contacts, which may begin at any time. */
export const PROBE_RESERVE = 100;

/** "bulk": birthday probing, the first to wait; "answer": to a peer's ping, the last. */
export type ProbePurpose = "bulk" | "probe" | "answer";

export class ProbeBudget {
  /** Times of the packets in the last second, oldest first: a ring, since the exact sliding window is what is promised. */
  readonly #times = new Float64Array(PROBE_BUDGET);
  #oldest = 0;
  #count = 0;

  /** Takes one packet if the window has room for it. `now` must not run backwards. */
  take(purpose: ProbePurpose, now: Milliseconds): boolean {
    this.#expire(now);
    if (this.#count >= limitOf(purpose)) return false;
    this.#times[(this.#oldest + this.#count) % PROBE_BUDGET] = now;
    this.#count += 1;
    return true;
  }

  /** When a packet that was refused at the last `take` may go. */
  againAt(purpose: ProbePurpose): Milliseconds {
    const excess = this.#count - limitOf(purpose);
    if (excess < 0) return -Infinity;
    return (this.#times[(this.#oldest + excess) % PROBE_BUDGET] ?? 0) + WINDOW_MS;
  }

  #expire(now: Milliseconds): void {
    // The same sum as in `againAt`: rounded otherwise, the time it names could be too early for ever.
    while (this.#count > 0 && (this.#times[this.#oldest] ?? 0) + WINDOW_MS <= now) {
      this.#oldest = (this.#oldest + 1) % PROBE_BUDGET;
      this.#count -= 1;
    }
  }
}

/** In each second, for one peer: a whole attempt's first second, and no more whatever the peer claims. */
export const PEER_PROBE_LIMIT = 120;

/** One peer's part of the node's budget: no peer can use it up for the others. */
export class PeerProbeBudget {
  readonly #node: ProbeBudget;
  #windowStart: Milliseconds = -Infinity;
  #taken = 0;

  constructor(node: ProbeBudget) {
    this.#node = node;
  }

  takeProbe(now: Milliseconds): boolean {
    if (now >= this.#windowStart + WINDOW_MS) {
      this.#windowStart = now;
      this.#taken = 0;
    }
    if (this.#taken >= PEER_PROBE_LIMIT || !this.#node.take("probe", now)) return false;
    this.#taken += 1;
    return true;
  }

  /** Answers are limited per peer by the engine, which counts what they answer. */
  takeAnswer(now: Milliseconds): boolean {
    return this.#node.take("answer", now);
  }

  probesAgainAt(): Milliseconds {
    const nodeAt = this.#node.againAt("probe");
    return this.#taken >= PEER_PROBE_LIMIT ? Math.max(nodeAt, this.#windowStart + WINDOW_MS) : nodeAt;
  }
}

function limitOf(purpose: ProbePurpose): number {
  switch (purpose) {
    case "answer":
      return PROBE_BUDGET;
    case "probe":
      return PROBE_BUDGET - ANSWER_RESERVE;
    case "bulk":
      return PROBE_BUDGET - ANSWER_RESERVE - PROBE_RESERVE;
  }
}
