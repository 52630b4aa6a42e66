// What came of one target.
import type { Figures } from "./fuzzer.ts";
import type { Language } from "./regressions.ts";

export interface Problem {
  readonly message: string;
  /** Where the input was written, from the repository's root; undefined if there is none. */
  readonly file: string | undefined;
}

export interface Outcome extends Figures {
  readonly target: string;
  readonly language: Language;
  readonly seconds: number;
  readonly problem: Problem | undefined;
}

export interface Share {
  readonly seed: number;
  readonly milliseconds: number;
  /** No more inputs than that. */
  readonly inputs: number;
  readonly guided: boolean;
  /** False: a finding is only told. */
  readonly keep: boolean;
  readonly onProgress?: (figures: Figures) => void;
}
