declare const nodeKeyBrand: unique symbol;

/** A node's identity: its Ed25519 public key as base64url without padding (43 characters, no prefix). */
export type NodeKey = string & { readonly [nodeKeyBrand]: true };

export const NODE_KEY_BYTES = 32;
const PREFIX = "nodekey:";
/** 43 characters carry 258 bits: the last one must leave the two spare bits zero, else one key had four spellings. */
const BASE64URL_32_BYTES = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/;

export function nodeKeyBytes(key: NodeKey): Uint8Array {
  return new Uint8Array(Buffer.from(key, "base64url"));
}

/** Throws RangeError if the length is not 32: callers check outside input before. */
export function nodeKeyFromBytes(bytes: Uint8Array): NodeKey {
  if (bytes.length !== NODE_KEY_BYTES) throw new RangeError("a node key has 32 bytes");
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("base64url") as NodeKey;
}

/** As people see it: "nodekey:…". */
export function formatNodeKey(key: NodeKey): string {
  return PREFIX + key;
}

/** Accepts "nodekey:…" and the bare form; undefined for anything else. */
export function parseNodeKey(text: string): NodeKey | undefined {
  const bare = text.startsWith(PREFIX) ? text.slice(PREFIX.length) : text;
  return BASE64URL_32_BYTES.test(bare) ? (bare as NodeKey) : undefined;
}

/** Bytewise order of the keys (not of their text): negative if a < b. The smaller key is the QUIC client of a pair. */
export function compareNodeKeys(a: NodeKey, b: NodeKey): number {
  return Buffer.compare(nodeKeyBytes(a), nodeKeyBytes(b));
}
