// A netmap update that does not fit into one frame travels in parts (docs/protocol.md, "Netmap").
import { MAX_NETMAP_BYTES } from "../protocol/limits.ts";
import type { NetmapPart, NetmapUpdate } from "../protocol/messages.ts";

/** With room in a frame for one more entry of the largest size, the header and the seal. */
const PART_BYTES = 960 * 1024;
/** Tag and length of a field (up to 32 KiB) in protobuf. */
const FIELD_BYTES = 4;
/** Of entry names there is only ASCII. */
const sizeOf = (item: Uint8Array | string): number => item.length + FIELD_BYTES;

/** The parts in front, none for most updates, and what is left with the header. */
export function splitUpdate(update: NetmapUpdate): {
  readonly parts: readonly NetmapPart[];
  readonly last: NetmapUpdate;
} {
  const parts: NetmapPart[] = [];
  let entries: Uint8Array[] = [];
  let removed: string[] = [];
  let bytes = 0;
  const makeRoom = (item: Uint8Array | string): void => {
    if (bytes > 0 && bytes + sizeOf(item) > PART_BYTES) {
      parts.push({ entries, removed });
      entries = [];
      removed = [];
      bytes = 0;
    }
    bytes += sizeOf(item);
  };
  for (const name of update.removed) {
    makeRoom(name);
    removed.push(name);
  }
  for (const entry of update.entries) {
    makeRoom(entry);
    entries.push(entry);
  }
  return { parts, last: { ...update, entries, removed } };
}

/** The other end: gathers parts until the last one comes. */
export class PartCollector {
  readonly #maxBytes: number;
  #entries: Uint8Array[] = [];
  #removed: string[] = [];
  #bytes = 0;

  constructor(maxBytes = MAX_NETMAP_BYTES) {
    this.#maxBytes = maxBytes;
  }

  /** False if that is more than an update may hold; what was gathered is dropped then. */
  add({ entries, removed }: NetmapPart): boolean {
    for (const item of [...entries, ...removed]) this.#bytes += sizeOf(item);
    if (this.#bytes > this.#maxBytes) {
      this.clear();
      return false;
    }
    this.#entries = this.#entries.concat(entries);
    this.#removed = this.#removed.concat(removed);
    return true;
  }

  /** The whole update, given its last part; undefined if it is too large. Starts over. */
  finish(last: NetmapUpdate): NetmapUpdate | undefined {
    const isWithin = this.add(last);
    const whole = { ...last, entries: this.#entries, removed: this.#removed };
    this.clear();
    return isWithin ? whole : undefined;
  }

  clear(): void {
    this.#entries = [];
    this.#removed = [];
    this.#bytes = 0;
  }
}
