import { nodeKeyBytes } from "../protocol/node-key.ts";
import type { NodeKey } from "../protocol/node-key.ts";
import { blake2b } from "./hash.ts";

/** 16 bytes that name the mesh of a root key. */
export function meshIdOf(rootPublicKey: Uint8Array): Uint8Array {
  return blake2b(16, "meshd mesh id v1", [rootPublicKey]);
}

/** 8 bytes that name a node at relays. */
export function relayIdOf(meshId: Uint8Array, node: NodeKey): Uint8Array {
  return blake2b(8, "meshd relay id v1", [meshId, nodeKeyBytes(node)]);
}
