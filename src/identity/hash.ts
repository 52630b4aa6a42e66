import { sodium } from "./sodium.ts";

const NO_KEY = new Uint8Array(0);
const encoder = new TextEncoder();

/** `B2b(n, key, context ‖ "\0" ‖ parts…)` of docs/protocol.md: BLAKE2b of `bytes` digest bytes. */
export function blake2b(
  bytes: number,
  context: string,
  parts: readonly Uint8Array[],
  key: Uint8Array = NO_KEY,
): Uint8Array {
  return sodium().crypto_generichash(bytes, concat([domain(context), ...parts]), key);
}

/** ASCII text and one zero byte: what separates the uses of one primitive. */
export function domain(context: string): Uint8Array {
  return encoder.encode(`${context}\0`);
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** In time that depends on the lengths only. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && sodium().memcmp(a, b);
}
