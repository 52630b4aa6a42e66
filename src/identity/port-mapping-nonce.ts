import { blake2b } from "./hash.ts";
import type { SigningKey } from "./keys.ts";

/**
 * The nonce that a router knows this node's mapping of a port by (RFC 6887 §11.2): nobody else can guess it, and it is the same after a
 * restart, even one that forgot everything but the node key. 16 bytes; PCP takes the first twelve.
 */
export function portMappingNonce(node: SigningKey, port: number): Uint8Array {
  return blake2b(16, "meshd port mapping", [Uint8Array.of(port >> 8, port & 0xff)], node.seed.reveal());
}
