// channel: a sealed stream of messages between a node and the holder of the mesh's root key. webtransport.ts carries bytes
// (the only file that knows that library), handshake.ts proves the coordinator, sealed-stream.ts frames and seals.
export * from "./byte-stream.ts";
export * from "./certificate.ts";
export * from "./errors.ts";
export * from "./sealed-stream.ts";
export * from "./webtransport.ts";
