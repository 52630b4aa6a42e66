// How long to wait after the n-th failure in a row.
import { type Milliseconds, SECOND_MS } from "../protocol/units.ts";

const FIRST_DELAY_MS: Milliseconds = SECOND_MS;
/** While a peer stays active over a relay, a chance of a direct path is looked for once a minute. */
const LONGEST_DELAY_MS: Milliseconds = 60 * SECOND_MS;

/** 1 s, 2 s, 4 s … 60 s; `failures` counts from 1. */
export function backoffMs(failures: number): Milliseconds {
  return Math.min(FIRST_DELAY_MS * 2 ** (failures - 1), LONGEST_DELAY_MS);
}
