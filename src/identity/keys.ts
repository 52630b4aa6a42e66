import { nodeKeyFromBytes } from "../protocol/node-key.ts";
import type { NodeKey } from "../protocol/node-key.ts";
import { Secret } from "../protocol/secret.ts";
import { sodium } from "./sodium.ts";

/** An Ed25519 key pair: of a node, of the mesh (root), or of a relay. What is kept on disk is the seed. */
export interface SigningKey {
  readonly publicKey: Uint8Array;
  /** 32 bytes. */
  readonly seed: Secret;
  /** libsodium's 64 bytes: seed and public key. */
  readonly secretKey: Secret;
}

/** An X25519 key pair for disco. */
export interface DiscoKey {
  readonly publicKey: Uint8Array;
  /** 32 bytes; what is kept on disk. */
  readonly secretKey: Secret;
}

export function generateSigningKey(): SigningKey {
  return signingKeyFromSeed(sodium().randombytes_buf(32));
}

/** Throws if the seed has not 32 bytes. */
export function signingKeyFromSeed(seed: Uint8Array): SigningKey {
  const { publicKey, privateKey } = sodium().crypto_sign_seed_keypair(seed);
  return { publicKey, seed: new Secret(new Uint8Array(seed)), secretKey: new Secret(privateKey) };
}

/** The name of a node with this key. */
export function nodeKeyOf(key: SigningKey): NodeKey {
  return nodeKeyFromBytes(key.publicKey);
}

export function generateDiscoKey(): DiscoKey {
  return discoKeyFromSecret(sodium().randombytes_buf(32));
}

/** Throws if the secret has not 32 bytes. */
export function discoKeyFromSecret(secret: Uint8Array): DiscoKey {
  return { publicKey: sodium().crypto_scalarmult_base(secret), secretKey: new Secret(new Uint8Array(secret)) };
}

/** `bytes` random ones from the system. */
export function randomBytes(bytes: number): Uint8Array {
  return sodium().randombytes_buf(bytes);
}
