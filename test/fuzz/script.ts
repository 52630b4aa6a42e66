// An input as a script for a machine: records of kind, length (u16) and bytes, as many as there are.

const MAX_RECORDS = 64;

export interface Record {
  readonly kind: number;
  readonly bytes: Uint8Array;
}

export function* records(input: Uint8Array): Generator<Record> {
  let at = 0;
  for (let i = 0; i < MAX_RECORDS && at + 3 <= input.length; i++) {
    const [kind = 0, high = 0, low = 0] = input.subarray(at, at + 3);
    const end = at + 3 + high * 256 + low;
    yield { kind, bytes: input.slice(at + 3, end) };
    at = end;
  }
}

export function script(...all: readonly (readonly [kind: number, bytes: Uint8Array])[]): Uint8Array {
  const parts = all.map(([kind, bytes]) => [kind, bytes.length >> 8, bytes.length & 0xff, ...bytes]);
  return Uint8Array.from(parts.flat());
}
