// Turns inputs into others: what a network, or somebody who has read the format, would do to them.
import type { Random } from "../sim/random.ts";
import type { Difference } from "./instrument.ts";

/** Values at which lengths, kinds and versions change their meaning. */
const TELLING = [0, 1, 2, 3, 4, 7, 8, 15, 16, 17, 18, 31, 32, 63, 64, 127, 128, 192, 254, 255];
const TELLING_WIDE = [0, 1, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x1_0000, 0x7fff_ffff, 0xffff_ffff];
const MAX_CHANGES = 5;

export interface Words {
  readonly constant: readonly string[];
  /** What the parsers compared when they read this input. */
  readonly wanted: readonly Difference[];
}

/** `other` is spliced in. */
export function mutate(
  random: Random,
  parent: Uint8Array,
  other: Uint8Array,
  words: Words,
  maxBytes: number,
): Uint8Array {
  let bytes: Uint8Array = parent.slice();
  const changes = 1 + random.integer(0, random.integer(0, MAX_CHANGES));
  for (let i = 0; i < changes; i++) bytes = change(random, bytes, other, words);
  return bytes.length > maxBytes ? bytes.subarray(0, maxBytes) : bytes;
}

function change(random: Random, bytes: Uint8Array, other: Uint8Array, words: Words): Uint8Array {
  const at = random.integer(0, Math.max(0, bytes.length - 1));
  const length = random.integer(1, random.pick([1, 2, 4, 8, 32, 128]));
  switch (random.integer(0, 13)) {
    case 0:
      return set(bytes, at, (bytes[at] ?? 0) ^ (1 << random.integer(0, 7)));
    case 1:
      return set(bytes, at, random.integer(0, 255));
    case 2:
      return set(bytes, at, random.pick(TELLING));
    case 3:
      return set(bytes, at, (bytes[at] ?? 0) + random.pick([-1, 1, -16, 16, 32]));
    case 4:
      return wide(random, bytes, at);
    case 5:
      return splice(bytes, at, length, new Uint8Array());
    case 6:
      return splice(bytes, at, 0, random.bytes(Math.min(length, 8)));
    case 7:
      return splice(bytes, at, 0, bytes.subarray(at, at + length));
    case 8:
      return bytes.subarray(0, at);
    case 9: {
      const from = random.integer(0, Math.max(0, other.length - 1));
      return splice(bytes, at, random.pick([0, length]), other.subarray(from, from + length));
    }
    case 10:
      return splice(bytes, at, 0, new Uint8Array(length * 4).fill(random.pick([...TELLING, 0x20, 0x30, 0x61])));
    case 11:
      return words.constant.length === 0 ? bytes : put(random, bytes, at, Buffer.from(random.pick(words.constant)));
    default:
      return words.wanted.length === 0 ? bytes : want(random, bytes, at, random.pick(words.wanted));
  }
}

function set(bytes: Uint8Array, at: number, value: number): Uint8Array {
  if (at < bytes.length) bytes[at] = value;
  return bytes;
}

/** A number of two, four or eight bytes, in either order. */
function wide(random: Random, bytes: Uint8Array, at: number): Uint8Array {
  const value = random.pick([...TELLING_WIDE, bytes.length, bytes.length - at]);
  return put(random, bytes, at, numberBytes(random, value));
}

function numberBytes(random: Random, value: number): Uint8Array {
  const size = random.pick([1, 2, 2, 4, 4, 8]);
  const wideBytes = new Uint8Array(8);
  new DataView(wideBytes.buffer).setUint32(4, value);
  const bytes = wideBytes.slice(8 - size);
  return random.integer(0, 2) === 0 ? bytes.reverse() : bytes;
}

/** One side of a comparison in the place of the other, where that is found; else anywhere. */
function want(random: Random, bytes: Uint8Array, at: number, [one, other]: Difference): Uint8Array {
  const [from, to] = random.integer(0, 1) === 0 ? [one, other] : [other, one];
  const isText = random.integer(0, 3) === 0;
  const size = random.pick([1, 1, 2, 4]);
  const asBytes = (side: string | number): Uint8Array =>
    typeof side === "string" || isText ? Buffer.from(String(side)) : bigEndian(side, size);
  const [there, instead] = [asBytes(from), asBytes(to)];
  const place = there.length === 0 ? -1 : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf(there, at);
  const found = place >= 0 ? place : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf(there);
  if (found >= 0 && random.integer(0, 3) > 0) return splice(bytes, found, there.length, instead);
  return put(random, bytes, at, instead);
}

function bigEndian(value: number, size: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setInt32(0, value);
  return bytes.subarray(4 - size);
}

/** Over what is there, or between it. */
function put(random: Random, bytes: Uint8Array, at: number, value: Uint8Array): Uint8Array {
  return splice(bytes, at, random.integer(0, 1) * value.length, value);
}

function splice(bytes: Uint8Array, at: number, removed: number, added: Uint8Array): Uint8Array {
  const rest = bytes.subarray(at + removed);
  const result = new Uint8Array(Math.min(at, bytes.length) + added.length + rest.length);
  result.set(bytes.subarray(0, at));
  result.set(added, at);
  result.set(rest, at + added.length);
  return result;
}
