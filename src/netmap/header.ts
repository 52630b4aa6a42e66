import { meshIdOf } from "../identity/ids.ts";
import type { SigningKey } from "../identity/keys.ts";
import { sign, verify } from "../identity/signatures.ts";
import { ProtocolViolation } from "../protocol/errors.ts";
import type { NetmapHeader, SignedNetmapHeader } from "../protocol/messages.ts";
import { decodeNetmapHeader, encodeNetmapHeader } from "../protocol/netmap-codec.ts";
import { nodeKeyBytes } from "../protocol/node-key.ts";
import type { NodeKey } from "../protocol/node-key.ts";
import { equalBytes } from "../identity/hash.ts";
import { setHash } from "./lthash.ts";
import type { LtHashState } from "./lthash.ts";

export interface HeaderFields {
  readonly recipient: NodeKey;
  readonly epoch: number;
  readonly version: number;
  readonly issuedAtUnixMs: number;
}

/** The coordinator's half: signs that `set` is what the recipient must hold. Cost does not depend on the set's size. */
export function signHeader(root: SigningKey, fields: HeaderFields, set: LtHashState): SignedNetmapHeader {
  const meshId = meshIdOf(root.publicKey);
  const header = encodeNetmapHeader({ ...fields, meshId, setHash: setHash(set) });
  const context = { purpose: "netmap", meshId, verifier: nodeKeyBytes(fields.recipient) } as const;
  return { header, signature: sign(root, context, header) };
}

/** Whose word is believed, and for whom it must be. */
export interface NetmapTrust {
  readonly rootKey: Uint8Array;
  readonly recipient: NodeKey;
}

/** The header if the root key signed it for the recipient, else why not. */
export function verifyHeader(
  trust: NetmapTrust,
  signed: SignedNetmapHeader,
): NetmapHeader | { readonly reason: string } {
  let header: NetmapHeader;
  try {
    header = decodeNetmapHeader(signed.header);
  } catch (error) {
    if (error instanceof ProtocolViolation) return { reason: error.message };
    throw error;
  }
  const meshId = meshIdOf(trust.rootKey);
  if (!equalBytes(header.meshId, meshId)) return { reason: "netmap is of another mesh" };
  if (header.recipient !== trust.recipient) return { reason: "netmap is for another node" };
  const context = { purpose: "netmap", meshId, verifier: nodeKeyBytes(trust.recipient) } as const;
  return verify(trust.rootKey, context, signed.header, signed.signature)
    ? header
    : { reason: "netmap signature does not verify" };
}

/** Negative if `a` is older than `b`: epoch first, then version. */
export function compareHeaders(
  a: Pick<NetmapHeader, "epoch" | "version">,
  b: Pick<NetmapHeader, "epoch" | "version">,
): number {
  return a.epoch - b.epoch || a.version - b.version;
}
