// LtHash (Bellare, Micciancio 1997; lattice parameters of Lewi et al. 2019): a hash of a set that follows single changes.
// The state is the lane-wise sum of the digests of all entries, so adding and removing cost the same whatever the set's size.
import { concat, domain } from "../identity/hash.ts";
import { sodium } from "../identity/sodium.ts";

const LANES = 1024;
const DIGEST_BYTES = LANES * 2;

// Lanes are little-endian on the wire and used as the machine has them: every platform of Node.js 24 is little-endian, or this file refuses.
if (new Uint16Array(Uint8Array.of(1, 0).buffer)[0] !== 1) throw new Error("this platform is not little-endian");

/** 1024 lanes of 16 bits. Changed in place by `add` and `subtract`. */
export type LtHashState = Uint16Array<ArrayBuffer>;
export type EntryDigest = Readonly<Uint16Array<ArrayBuffer>>;

export function emptySet(): LtHashState {
  return new Uint16Array(LANES);
}

/** The contribution of one serialized entry; worth keeping beside an entry that goes into many sets. */
export function entryDigest(entry: Uint8Array): EntryDigest {
  const message = concat([domain("meshd netmap entry v1"), entry]);
  // The default domain byte of libsodium's TurboSHAKE128 is 0x1F, as in RFC 9861 §2.
  const digest = new Uint8Array(DIGEST_BYTES);
  digest.set(sodium().crypto_xof_turboshake128(DIGEST_BYTES, message));
  return new Uint16Array(digest.buffer);
}

export function add(state: LtHashState, digest: EntryDigest): void {
  for (let lane = 0; lane < LANES; lane++) state[lane] = (state[lane] ?? 0) + (digest[lane] ?? 0);
}

export function subtract(state: LtHashState, digest: EntryDigest): void {
  for (let lane = 0; lane < LANES; lane++) state[lane] = (state[lane] ?? 0) - (digest[lane] ?? 0);
}

/** The `set_hash` of a header: 32 bytes. */
export function setHash(state: LtHashState): Uint8Array {
  return sodium().crypto_generichash(32, new Uint8Array(state.buffer, state.byteOffset, DIGEST_BYTES), null);
}
