import { inspect } from "node:util";

const REDACTED = "[secret]";

/**
 * Secret bytes that cannot be printed by accident: string conversion, JSON, `util.inspect` and loggers all see "[secret]".
 * `reveal()` is the only way in, so that every use can be found by its name.
 */
export class Secret {
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** The bytes themselves, not a copy. */
  reveal(): Uint8Array {
    return this.#bytes;
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [inspect.custom](): string {
    return REDACTED;
  }
}
