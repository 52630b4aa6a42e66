// Packets in a byte stream: length (u16) ‖ packet (docs/protocol.md, "Relay over TCP"). What is data stays as it is, in runs of whole
// frames; only control packets are looked at.
import { concat } from "../identity/hash.ts";
import { ProtocolViolation } from "../protocol/errors.ts";

const LENGTH_BYTES = 2;
/** As the engine has it. */
const MAX_PACKET_BYTES = 2048;
const RELAY_CONTROL = 17;

export function framePacket(packet: Uint8Array): Uint8Array {
  const frame = new Uint8Array(LENGTH_BYTES + packet.length);
  new DataView(frame.buffer).setUint16(0, packet.length);
  frame.set(packet, LENGTH_BYTES);
  return frame;
}

/** What a chunk of the stream completed. */
export interface CutFrames {
  /** Packets of relay control. */
  readonly control: readonly Uint8Array[];
  /** Everything else, as whole frames one after the other. */
  readonly data: readonly Uint8Array[];
}

export class FrameCutter {
  #rest: Uint8Array = new Uint8Array();

  /** All frames that are complete now, in order. Throws ProtocolViolation for a length that no packet has. */
  cut(chunk: Uint8Array): Uint8Array {
    const bytes = this.#rest.length === 0 ? chunk : concat([this.#rest, chunk]);
    let end = 0;
    for (let next = frameEnd(bytes, 0); next !== undefined; next = frameEnd(bytes, next)) end = next;
    this.#rest = bytes.slice(end);
    return bytes.subarray(0, end);
  }
}

/** Takes relay control out of whole frames. */
export function separate(frames: Uint8Array): CutFrames {
  const control: Uint8Array[] = [];
  const data: Uint8Array[] = [];
  let runStart = 0;
  let at = 0;
  for (let end = frameEnd(frames, 0); end !== undefined; end = frameEnd(frames, end)) {
    if (end > at + LENGTH_BYTES && frames[at + LENGTH_BYTES] === RELAY_CONTROL) {
      if (at > runStart) data.push(frames.subarray(runStart, at));
      control.push(frames.slice(at + LENGTH_BYTES, end));
      runStart = end;
    }
    at = end;
  }
  if (at > runStart) data.push(frames.subarray(runStart, at));
  return { control, data };
}

/** Where the frame at `at` ends; undefined if it is not whole. */
function frameEnd(bytes: Uint8Array, at: number): number | undefined {
  const [high, low] = [bytes[at], bytes[at + 1]];
  if (high === undefined || low === undefined) return undefined;
  const length = high * 256 + low;
  if (length > MAX_PACKET_BYTES) throw new ProtocolViolation("a packet in the stream is too large");
  const end = at + LENGTH_BYTES + length;
  return end <= bytes.length ? end : undefined;
}
