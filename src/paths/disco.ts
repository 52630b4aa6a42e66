// Sealed disco datagrams of one peer (docs/protocol.md, "Disco", kind 1): hint, tag and box around a DiscoMessage. The engine has
// checked length, hint and tag of what arrives; here the box is opened, which alone proves the sender, and replays are dropped.
import { concat, hint, type PairSecrets, sodium } from "../identity/index.ts";
import { decodeDiscoMessage, encodeDiscoMessage } from "../protocol/disco-codec.ts";
import { ProtocolViolation } from "../protocol/errors.ts";
import type { DiscoBody, DiscoMessage } from "../protocol/messages.ts";
import type { NodeKey } from "../protocol/node-key.ts";
import type { Boot } from "./boot.ts";
import { ReplayWindow } from "./replay.ts";
import type { DiscoChannel, OpenedDisco, RandomBytes } from "./types.ts";

const DISCO_FIRST_BYTE = 16;
const DISCO_SEALED = 1;

/** First byte, kind and hint. */
const PREFIX_BYTES = 10;
const TAG_BYTES = 16;
const BODY_OFFSET = PREFIX_BYTES + TAG_BYTES;
const NONCE_BYTES = 24;
const MAX_DATAGRAM_BYTES = 1200;

export interface SealedDiscoOptions {
  readonly boot: Boot;
  readonly self: NodeKey;
  readonly peer: NodeKey;
  readonly secrets: PairSecrets;
  readonly random: RandomBytes;
}

export class SealedDisco implements DiscoChannel {
  readonly #options: SealedDiscoOptions;
  /** The first `PREFIX_BYTES` of what we send, and of what the peer sends. */
  readonly #ownPrefix: Uint8Array;
  readonly #peerPrefix: Uint8Array;
  readonly #replay = new ReplayWindow();

  constructor(options: SealedDiscoOptions) {
    const { secrets, self, peer } = options;
    const prefix = (sender: NodeKey) =>
      concat([Uint8Array.of(DISCO_FIRST_BYTE, DISCO_SEALED), hint(secrets.tagKey, sender)]);
    this.#options = options;
    this.#ownPrefix = prefix(self);
    this.#peerPrefix = prefix(peer);
  }

  seal(body: DiscoBody): Uint8Array {
    const { boot, peer, secrets, random } = this.#options;
    const message = encodeDiscoMessage({ bootId: boot.id, counter: boot.nextCounter(peer), body });
    const nonce = random(NONCE_BYTES);
    const sealed = concat([nonce, sodium().crypto_box_easy_afternm(message, nonce, secrets.shared.reveal())]);
    const tag = sodium().crypto_generichash(TAG_BYTES, concat([this.#ownPrefix, sealed]), secrets.tagKey.reveal());
    return concat([this.#ownPrefix, tag, sealed]);
  }

  open(datagram: Uint8Array): OpenedDisco | undefined {
    // Both directions share one key: the hint is what tells the peer's words from our own, sent back by someone.
    if (datagram.length > MAX_DATAGRAM_BYTES || datagram.length < BODY_OFFSET + NONCE_BYTES) return undefined;
    if (!this.#peerPrefix.every((byte, i) => byte === datagram[i])) return undefined;
    const message = this.#openBox(datagram.subarray(BODY_OFFSET));
    if (message === undefined) return undefined;
    const freshness = this.#replay.admit(message.bootId, message.counter);
    if (freshness === "replayed") return undefined;
    return { body: message.body, restarted: freshness === "fresh-after-restart" };
  }

  #openBox(sealed: Uint8Array): DiscoMessage | undefined {
    const [nonce, box] = [sealed.subarray(0, NONCE_BYTES), sealed.subarray(NONCE_BYTES)];
    let plain: Uint8Array;
    try {
      plain = sodium().crypto_box_open_easy_afternm(box, nonce, this.#options.secrets.shared.reveal());
    } catch {
      // The library throws a plain Error for a box that does not open.
      return undefined;
    }
    try {
      return decodeDiscoMessage(plain);
    } catch (error) {
      if (error instanceof ProtocolViolation) return undefined;
      throw error;
    }
  }
}
