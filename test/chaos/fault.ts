// A fault: what is done to a mesh, and how often.
import type { Random } from "../sim/random.ts";
import type { Attempt } from "./attempt.ts";
import type { World } from "./world.ts";

export interface Trial extends Attempt {
  /** What exactly was done: the victim, the instant. */
  readonly what: string;
}

export interface Fault {
  /** As `--only` has it. */
  readonly name: string;
  readonly words: string;
  readonly times: number;
  /** Those that follow each other and have the same are tried in turns: the same victim is not hit again before it has come to rest. */
  readonly turns?: string;
  /** Lines of an inventory that the fault itself changes. */
  readonly changes?: RegExp;
  /** `number` counts the tries from 0: what has kinds takes them in turn. `long`: as long as nobody waits for. */
  readonly run: (world: World, random: Random, number: number, long: boolean) => Promise<Trial>;
}
