// A parser under test, as a function of any bytes.

export interface Target {
  readonly name: string;
  /** Sound inputs, from which the mutations begin; made by the product's own encoders where there are any. */
  seeds(): readonly Uint8Array[];
  /** Throws only if something is wrong with the product: a refusal that the parser declares is caught by the target itself. */
  run(input: Uint8Array): void | Promise<void>;
  /** Longer inputs are not tried. */
  readonly maxBytes: number;
  /** Lets go of what keeps a process running. */
  close?(): Promise<void>;
}

type Refusal = new (...args: never[]) => Error;

/** What `parse` gives, or undefined where it refuses as it declares. */
export function unlessRefused<Value>(parse: () => Value, ...refusals: readonly Refusal[]): Value | undefined {
  try {
    return parse();
  } catch (error) {
    if (refusals.some((refusal) => error instanceof refusal)) return undefined;
    throw error;
  }
}
