import { MAX_FRAME_BYTES } from "../protocol/limits.ts";
import type { ByteStream } from "./byte-stream.ts";
import { ChannelError } from "./errors.ts";

const LENGTH_BYTES = 4;

/** Length (u32) ‖ body. */
export function encodeFrame(body: Uint8Array): Uint8Array {
  if (body.length < 1 || body.length > MAX_FRAME_BYTES) throw new RangeError("a frame's body has 1 to 1,048,576 bytes");
  const frame = new Uint8Array(LENGTH_BYTES + body.length);
  new DataView(frame.buffer).setUint32(0, body.length);
  frame.set(body, LENGTH_BYTES);
  return frame;
}

/** Cuts a stream of bytes into frames. Holds no more than one frame and one chunk. */
export class FrameReader {
  readonly #stream: Pick<ByteStream, "read">;
  #chunks: Uint8Array[] = [];
  #buffered = 0;

  constructor(stream: Pick<ByteStream, "read">) {
    this.#stream = stream;
  }

  /** The next body; undefined if the stream ended between two frames. Rejects with ChannelError. */
  async next(maxBytes: number): Promise<Uint8Array | undefined> {
    if (!(await this.#fill(LENGTH_BYTES))) {
      if (this.#buffered > 0) throw cutOff();
      return undefined;
    }
    const header = this.#take(LENGTH_BYTES);
    const length = new DataView(header.buffer, header.byteOffset).getUint32(0);
    if (length < 1 || length > maxBytes) {
      throw new ChannelError("protocol", "the other side does not speak the control protocol (frame length)");
    }
    if (!(await this.#fill(length))) throw cutOff();
    return this.#take(length);
  }

  async #fill(bytes: number): Promise<boolean> {
    while (this.#buffered < bytes) {
      const chunk = await this.#stream.read();
      if (!chunk) return false;
      this.#chunks.push(chunk);
      this.#buffered += chunk.length;
    }
    return true;
  }

  #take(bytes: number): Uint8Array {
    const taken = new Uint8Array(bytes);
    let at = 0;
    let used = 0;
    for (const chunk of this.#chunks) {
      if (at === bytes) break;
      const part = chunk.subarray(0, bytes - at);
      taken.set(part, at);
      at += part.length;
      if (part.length < chunk.length) this.#chunks[used] = chunk.subarray(part.length);
      else used += 1;
    }
    this.#chunks.splice(0, used);
    this.#buffered -= bytes;
    return taken;
  }
}

function cutOff(): ChannelError {
  return new ChannelError("closed", "the connection ended in the middle of a message");
}
