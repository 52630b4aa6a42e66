// protocol: what is said on the wire. The schema (*.proto), its generated code (gen/), and strict codecs from and to plain
// readonly types (messages.ts); addresses, keys, secrets and errors as every part of meshd names them. No I/O.
export * from "./address.ts";
export * from "./candidate.ts";
export * from "./control-codec.ts";
export * from "./disco-codec.ts";
export * from "./errors.ts";
export * from "./limits.ts";
export * from "./messages.ts";
export * from "./nat-hint.ts";
export * from "./netmap-codec.ts";
export * from "./node-key.ts";
export {
  decodeRelayAccepted,
  decodeRelayRegister,
  decodeRelayTicket,
  decodeSignedTicket,
  encodeRelayAccepted,
  encodeRelayRegister,
  encodeRelayTicket,
  encodeSignedTicket,
} from "./relay-codec.ts";
export * from "./secret.ts";
export * from "./units.ts";
