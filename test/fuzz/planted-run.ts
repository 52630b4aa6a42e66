// npm run fuzz -- --planted: whether the guidance works. A planted bug in each language must be found within its inputs; without guidance
// the same number of inputs is tried beside it, to be told.
import { paint, say } from "../../scripts/console.ts";
import type { Outcome } from "./outcome.ts";
import { type NativeFuzzer, PLANTED_NATIVE, runNative } from "./run-native.ts";
import { FuzzThread } from "./fuzz-thread.ts";
import { PLANTED } from "./targets/index.ts";

const MAX_MILLISECONDS = 60_000;
const INPUTS = { typescript: 2_000_000, native: 5_000_000 } as const;

export async function findPlanted(native: NativeFuzzer, seed: number): Promise<number> {
  using thread = new FuzzThread();
  let missed = 0;
  for (const guided of [true, false]) {
    const share = { seed, milliseconds: MAX_MILLISECONDS, guided, keep: false };
    const found = [
      await thread.run(PLANTED, { ...share, inputs: INPUTS.typescript }),
      await runNative(native, PLANTED_NATIVE, { ...share, inputs: INPUTS.native }),
    ];
    for (const outcome of found) say(line(outcome, guided));
    if (guided) missed = found.filter(({ problem }) => problem === undefined).length;
  }
  return missed === 0 ? 0 : 1;
}

function line({ language, problem, inputs, seconds }: Outcome, guided: boolean): string {
  const mark = problem !== undefined ? paint("green", "found") : guided ? paint("red", "NOT FOUND") : "not found";
  const how = guided ? "guided" : "unguided";
  return `${language.padEnd(11)} ${how.padEnd(9)} ${mark} after ${inputs} inputs in ${seconds.toFixed(1)} s`;
}
