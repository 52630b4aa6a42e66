// crypto_secretstream_xchacha20poly1305, one object per direction. A direction ends with the FINAL tag, which tells an orderly
// end from a connection that was cut.
import { sodium } from "../identity/sodium.ts";
import type { Sodium } from "../identity/sodium.ts";
import type { Secret } from "../protocol/secret.ts";

/** Bytes that sealing adds (ABYTES). */
export const SEAL_BYTES = 17;
export const SEAL_HEADER_BYTES = 24;

type State = ReturnType<Sodium["crypto_secretstream_xchacha20poly1305_init_pull"]>;

/** The wrapper allocates states on libsodium's heap and has no way to give them back. */
const states = new FinalizationRegistry((state: State) => {
  const { libsodium } = sodium() as unknown as { libsodium: { _free(state: State): void } };
  libsodium._free(state);
});

export class SecretSender {
  /** The first thing to send in this direction. */
  readonly header: Uint8Array;
  readonly #state: State;

  constructor(key: Secret) {
    const { state, header } = sodium().crypto_secretstream_xchacha20poly1305_init_push(key.reveal());
    this.header = header;
    this.#state = state;
    states.register(this, state);
  }

  seal(message: Uint8Array): Uint8Array {
    return this.#push(message, sodium().crypto_secretstream_xchacha20poly1305_TAG_MESSAGE);
  }

  /** The last message, empty. */
  final(): Uint8Array {
    return this.#push(new Uint8Array(0), sodium().crypto_secretstream_xchacha20poly1305_TAG_FINAL);
  }

  #push(message: Uint8Array, tag: number): Uint8Array {
    return sodium().crypto_secretstream_xchacha20poly1305_push(this.#state, message, null, tag);
  }
}

export type Opened =
  { readonly kind: "message"; readonly message: Uint8Array } | { readonly kind: "final" } | { readonly kind: "forged" };

export class SecretReceiver {
  readonly #state: State;

  /** `header` has 24 bytes. */
  constructor(key: Secret, header: Uint8Array) {
    this.#state = sodium().crypto_secretstream_xchacha20poly1305_init_pull(header, key.reveal());
    states.register(this, this.#state);
  }

  /** Once "forged" or "final", not to be used again. */
  open(sealed: Uint8Array): Opened {
    if (sealed.length < SEAL_BYTES) return { kind: "forged" };
    // The declared type leaves out the false that a failed authentication returns.
    const opened: { message: Uint8Array; tag: number } | false = sodium().crypto_secretstream_xchacha20poly1305_pull(
      this.#state,
      sealed,
      null,
    );
    if (!opened) return { kind: "forged" };
    return opened.tag === sodium().crypto_secretstream_xchacha20poly1305_TAG_FINAL
      ? { kind: "final" }
      : { kind: "message", message: opened.message };
  }
}
