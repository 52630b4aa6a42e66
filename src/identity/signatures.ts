// Every signature covers what it is for, the mesh, and who will check it, so that none can be passed off as another.
import { KEY_BYTES, SIGNATURE_BYTES } from "../protocol/limits.ts";
import { concat, domain } from "./hash.ts";
import type { SigningKey } from "./keys.ts";
import { sodium } from "./sodium.ts";

/** The table of docs/protocol.md, "Notation". */
export type SignaturePurpose =
  | "control-server"
  | "control-node"
  | "control-relay"
  | "disco-key"
  | "netmap"
  | "relay-ticket"
  | "relay-register"
  | "relay-accepted";

export interface SignatureContext {
  readonly purpose: SignaturePurpose;
  readonly meshId: Uint8Array;
  /** The public key of the one who checks, or EVERYONE. */
  readonly verifier: Uint8Array;
}

export const EVERYONE: Uint8Array = new Uint8Array(KEY_BYTES);

export function sign(key: SigningKey, context: SignatureContext, payload: Uint8Array): Uint8Array {
  return sodium().crypto_sign_detached(signedBytes(context, payload), key.secretKey.reveal());
}

/** False for anything that is not a valid signature, whatever its size. */
export function verify(
  publicKey: Uint8Array,
  context: SignatureContext,
  payload: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (publicKey.length !== KEY_BYTES || signature.length !== SIGNATURE_BYTES) return false;
  return sodium().crypto_sign_verify_detached(signature, signedBytes(context, payload), publicKey);
}

function signedBytes({ purpose, meshId, verifier }: SignatureContext, payload: Uint8Array): Uint8Array {
  return concat([domain("meshd sig v1"), domain(purpose), meshId, verifier, payload]);
}

/** The node's word that a disco key is its own. */
export function signDiscoKey(node: SigningKey, meshId: Uint8Array, discoPublicKey: Uint8Array): Uint8Array {
  return sign(node, { purpose: "disco-key", meshId, verifier: EVERYONE }, discoPublicKey);
}

export function verifyDiscoKey(
  nodePublicKey: Uint8Array,
  meshId: Uint8Array,
  discoPublicKey: Uint8Array,
  signature: Uint8Array,
): boolean {
  return verify(nodePublicKey, { purpose: "disco-key", meshId, verifier: EVERYONE }, discoPublicKey, signature);
}
