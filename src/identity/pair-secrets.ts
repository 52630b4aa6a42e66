import { compareNodeKeys, nodeKeyBytes } from "../protocol/node-key.ts";
import type { NodeKey } from "../protocol/node-key.ts";
import { Secret } from "../protocol/secret.ts";
import { blake2b } from "./hash.ts";
import { sodium } from "./sodium.ts";

/** What two nodes share by their disco keys (docs/protocol.md, "Pair secrets"). The same on both sides. */
export interface PairSecrets {
  /** For `crypto_box_*_afternm`. */
  readonly shared: Secret;
  readonly tagKey: Secret;
  readonly cidKey: Secret;
}

export interface Pair {
  readonly meshId: Uint8Array;
  readonly self: NodeKey;
  readonly peer: NodeKey;
  readonly discoSecretKey: Secret;
  readonly peerDiscoKey: Uint8Array;
}

/** Undefined if the peer's disco key is no usable point (of small order): there is no secret with such a peer. */
export function pairSecrets({ meshId, self, peer, discoSecretKey, peerDiscoKey }: Pair): PairSecrets | undefined {
  let shared: Uint8Array;
  try {
    shared = sodium().crypto_box_beforenm(peerDiscoKey, discoSecretKey.reveal());
  } catch {
    return undefined;
  }
  const pair = [self, peer].sort(compareNodeKeys).map(nodeKeyBytes);
  const derive = (context: string) => new Secret(blake2b(32, context, [meshId, ...pair], shared));
  return {
    shared: new Secret(shared),
    tagKey: derive("meshd pair tag v1"),
    cidKey: derive("meshd pair cid v1"),
  };
}

/** 8 bytes that name the sender of a disco datagram to its receiver and to no one else. */
export function hint(tagKey: Secret, sender: NodeKey): Uint8Array {
  return blake2b(8, "meshd hint v1", [nodeKeyBytes(sender)], tagKey.reveal());
}
