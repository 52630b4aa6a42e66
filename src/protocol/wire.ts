// The generated protobuf code, set up. Only the codecs of this folder import it.
import "./protobuf-numbers.ts";

import { meshd as wire } from "./gen/meshd.js";
import { ProtocolViolation } from "./errors.ts";

export { wire };

interface Codec<Message, Properties> {
  encode(message: Properties): { finish(): Uint8Array };
  decode(bytes: Uint8Array): Message;
}

export function encodeMessage<Message, Properties>(codec: Codec<Message, Properties>, message: Properties): Uint8Array {
  // The library returns a Buffer, possibly a view into its pool.
  return new Uint8Array(codec.encode(message).finish());
}

/** `what` names the message in the violation; the library's own reasons stay inside. */
export function decodeMessage<Message, Properties>(
  codec: Codec<Message, Properties>,
  bytes: Uint8Array,
  maxBytes: number,
  what: string,
): Message {
  if (bytes.length > maxBytes) throw new ProtocolViolation(`${what} is too large`);
  try {
    return codec.decode(bytes);
  } catch {
    throw new ProtocolViolation(`${what} is malformed`);
  }
}
