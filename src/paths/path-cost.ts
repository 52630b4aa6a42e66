// What a path costs, in milliseconds, so that delay and loss can be compared; and whether a relay is so much better than the direct
// path that it should go first. A provider that throttles UDP between homes, but not towards the relay, makes such paths.
import { type Milliseconds, SECOND_MS } from "../protocol/units.ts";

export interface Measured {
  readonly rttMs: Milliseconds;
  /** Share of echoes lost, 0..1, without what chance takes (the engine's `PathStats.loss`). */
  readonly loss: number;
}

/** A lost packet is repeated after a round trip and some waiting (RFC 6298 §2: never below a fraction of a second). */
const REPEAT_MS: Milliseconds = 200;
/** TCP slows down with the square root of loss long before that (RFC 5348 §3.1): a few per cent are worth several round trips. */
const LOSS_WEIGHT = 20;

export function pathCost({ rttMs, loss }: Measured): Milliseconds {
  return rttMs * (1 + LOSS_WEIGHT * loss) + REPEAT_MS * loss;
}

/** The relay is others' machine and bandwidth: it has to be much better, and for a while. */
const MUCH_BETTER_SHARE = 0.6;
const MUCH_BETTER_MS: Milliseconds = 20;
/**
 * The path that is not in use is asked rarely (an echo in 1.5 s), so that of its last few echoes none may be lost by chance, while of
 * the other's many some are: on a line that loses 3 % each way both measure anything from 0 to 20 %. This much does not count for it.
 */
const UNSEEN_LOSS = 0.1;
const CONVINCED_AFTER_MS: Milliseconds = 12 * SECOND_MS;
/** The way back is easier: about as good is enough. */
const AS_GOOD_SHARE = 1.1;
const BACK_AFTER_MS: Milliseconds = 4 * SECOND_MS;

/** With hysteresis: neither side wins by one good measurement. */
export class RelayPreference {
  #preferred = false;
  /** Since when the measurements have spoken for the other. */
  #doubtSince: Milliseconds | undefined;

  get preferred(): boolean {
    return this.#preferred;
  }

  /** Of the best direct path and the best relay; undefined where there is none or it was not measured. True if the preference changed. */
  handleMeasurement(direct: Measured | undefined, relay: Measured | undefined, now: Milliseconds): boolean {
    if (relay === undefined) return this.forget();
    // A lossy path dies now and then. That it comes back is no reason to try it again, nor to trust it more.
    if (direct === undefined) return false;
    const [ofDirect, ofRelay] = [pathCost(direct), pathCost(relay)];
    const atWorst = pathCost({ ...relay, loss: direct.loss > 0 ? relay.loss + UNSEEN_LOSS : relay.loss });
    const isMuchBetter = atWorst < ofDirect * MUCH_BETTER_SHARE && ofRelay < ofDirect - MUCH_BETTER_MS;
    const isDoubtful = this.#preferred ? ofDirect <= ofRelay * AS_GOOD_SHARE : isMuchBetter;
    if (!isDoubtful) {
      this.#doubtSince = undefined;
      return false;
    }
    this.#doubtSince ??= now;
    if (now < this.#doubtSince + (this.#preferred ? BACK_AFTER_MS : CONVINCED_AFTER_MS)) return false;
    this.#preferred = !this.#preferred;
    this.#doubtSince = undefined;
    return true;
  }

  /** The network is another one, or contact is over. True if the preference changed. */
  forget(): boolean {
    const changed = this.#preferred;
    this.#preferred = false;
    this.#doubtSince = undefined;
    return changed;
  }
}
