// Packets too large for a path travel in parts, and count when all have arrived (docs/protocol.md, "Carrier").
const HEADER_BYTES = 8;
const MAX_INCOMPLETE = 64;

/** Sizes of what is sent. */
export function cut(packetBytes: number, pathBytes: number): readonly number[] {
  if (packetBytes <= pathBytes) return [packetBytes];
  const parts = Math.ceil(packetBytes / (pathBytes - HEADER_BYTES));
  return Array.from({ length: parts }, () => Math.ceil(packetBytes / parts) + HEADER_BYTES);
}

export class PartCollection {
  /** Parts there are, by the packet's time of sending. */
  readonly #incomplete = new Map<number, number>();

  /** True if the packet is whole now. */
  add(stamp: number, parts: number): boolean {
    const there = (this.#incomplete.get(stamp) ?? 0) + 1;
    this.#incomplete.delete(stamp);
    if (there === parts) return true;
    this.#incomplete.set(stamp, there);
    const [oldest] = this.#incomplete.keys();
    if (oldest !== undefined && this.#incomplete.size > MAX_INCOMPLETE) this.#incomplete.delete(oldest);
    return false;
  }
}
