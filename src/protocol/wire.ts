// The generated protobuf code, set up. Only the codecs of this folder import it.
import "./protobuf-numbers.ts";

import protobuf from "protobufjs/minimal.js";
import { meshd as wire } from "./gen/meshd.js";
import { ProtocolViolation } from "./errors.ts";

export { wire };

interface Codec<Message, Properties> {
  encode(message: Properties): { finish(): Uint8Array };
  decode(reader: protobuf.Reader): Message;
}

export function encodeMessage<Message, Properties>(codec: Codec<Message, Properties>, message: Properties): Uint8Array {
  // The library returns a Buffer, possibly a view into its pool.
  return new Uint8Array(codec.encode(message).finish());
}

/**
 * `what` names the message in the violation; the library's own reasons stay inside. `later`: fields of a later version are kept only where
 * they may be passed on (fields.ts), and where few fit: each costs much more memory than its bytes.
 */
export function decodeMessage<Message, Properties>(
  codec: Codec<Message, Properties>,
  bytes: Uint8Array,
  maxBytes: number,
  what: string,
  later: "dropped" | "kept" = "dropped",
): Message {
  if (bytes.length > maxBytes) throw new ProtocolViolation(`${what} is too large`);
  const reader = protobuf.Reader.create(bytes);
  reader.discardUnknown = later === "dropped";
  try {
    return codec.decode(reader);
  } catch {
    throw new ProtocolViolation(`${what} is malformed`);
  }
}
