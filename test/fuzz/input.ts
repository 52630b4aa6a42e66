// Inputs made by hand: what targets read them as, and what their seeds are written with.

export function utf8(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8");
}

export function fromText(...texts: readonly string[]): readonly Uint8Array[] {
  return texts.map((text) => new Uint8Array(Buffer.from(text)));
}

export function fromHex(...texts: readonly string[]): readonly Uint8Array[] {
  return texts.map((text) => new Uint8Array(Buffer.from(text.replaceAll(" ", ""), "hex")));
}

export function fromJson(...values: readonly unknown[]): readonly Uint8Array[] {
  return fromText(...values.map((value) => JSON.stringify(value)));
}
