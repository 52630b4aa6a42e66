// Prefixes as bytes, to be compared.
import { ipBytes, parseIp } from "./address.ts";

export interface Prefix {
  /** 4 or 16. */
  readonly bytes: Uint8Array;
  readonly length: number;
}

/** "10.0.0.0/8", or an address alone; host bits are ignored. Undefined for anything else, "default" too. */
export function toPrefix(text: string): Prefix | undefined {
  const [address = "", digits] = text.split("/");
  const ip = parseIp(address);
  if (ip === undefined) return undefined;
  const bytes = ipBytes(ip);
  const length = digits === undefined ? bytes.length * 8 : Number(digits);
  return Number.isInteger(length) && length >= 0 && length <= bytes.length * 8 ? { bytes, length } : undefined;
}

/** Whether `outer` holds all of `inner`. */
export function contains(outer: Prefix, inner: Prefix): boolean {
  if (outer.bytes.length !== inner.bytes.length || outer.length > inner.length) return false;
  return outer.bytes.every((byte, i) => ((byte ^ (inner.bytes[i] ?? 0)) & maskByte(outer.length, i)) === 0);
}

function maskByte(length: number, index: number): number {
  return (0xff00 >> Math.min(8, Math.max(0, length - index * 8))) & 0xff;
}
