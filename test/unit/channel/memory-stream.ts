import type { ByteStream } from "../../../src/channel/byte-stream.ts";
import { ChannelError } from "../../../src/channel/errors.ts";

/** Two ByteStreams joined in memory. `chunkBytes` cuts what is written into pieces; `onWrite` sees and may change bytes from the first. */
export function memoryPair(chunkBytes = 1 << 20, onWrite = (bytes: Uint8Array) => bytes): [MemoryStream, MemoryStream] {
  const a = new MemoryStream(chunkBytes, onWrite);
  const b = new MemoryStream(chunkBytes, (bytes) => bytes);
  a.join(b);
  b.join(a);
  return [a, b];
}

export class MemoryStream implements ByteStream {
  readonly remoteAddress = undefined;
  readonly #chunkBytes: number;
  readonly #onWrite: (bytes: Uint8Array) => Uint8Array;
  readonly #inbox: (Uint8Array | undefined)[] = [];
  #other: MemoryStream | undefined;
  #wake: (() => void) | undefined;
  #cut = false;
  /** Writes wait while it is set. */
  blocked: Promise<void> | undefined;

  constructor(chunkBytes: number, onWrite: (bytes: Uint8Array) => Uint8Array) {
    this.#chunkBytes = chunkBytes;
    this.#onWrite = onWrite;
  }

  join(other: MemoryStream): void {
    this.#other = other;
  }

  async read(): Promise<Uint8Array | undefined> {
    while (this.#inbox.length === 0) {
      if (this.#cut) throw new ChannelError("closed", "cut");
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    return this.#inbox.shift();
  }

  async write(bytes: Uint8Array): Promise<void> {
    await this.blocked;
    if (this.#cut) throw new ChannelError("closed", "cut");
    const sent = this.#onWrite(bytes);
    for (let at = 0; at < sent.length; at += this.#chunkBytes)
      this.#other?.deliver(sent.slice(at, at + this.#chunkBytes));
  }

  close(): Promise<void> {
    this.#other?.deliver(undefined);
    return Promise.resolve();
  }

  abort(): void {
    for (const end of [this, this.#other]) end?.cut();
  }

  deliver(bytes: Uint8Array | undefined): void {
    this.#inbox.push(bytes);
    this.#wake?.();
  }

  cut(): void {
    this.#cut = true;
    this.#wake?.();
  }
}
