// What a proxy answers to CONNECT (RFC 9110 §9.3.6, RFC 9112 §4).
import { once } from "node:events";
import type { Readable } from "node:stream";

/** More is no answer to CONNECT. */
const MAX_HEAD_BYTES = 16_384;

/** Reads the head of the answer, and nothing beyond it. Undefined for what is no answer of HTTP. */
export async function readConnectStatus(stream: Readable): Promise<number | undefined> {
  let head = Buffer.alloc(0);
  for (;;) {
    const end = head.indexOf("\r\n\r\n");
    if (end >= 0) {
      if (head.length > end + 4) stream.unshift(head.subarray(end + 4));
      const match = /^HTTP\/1\.[01] (\d{3})/.exec(head.toString("latin1"));
      return match === null ? undefined : Number(match[1]);
    }
    const chunk: unknown = stream.read();
    if (chunk instanceof Buffer) {
      head = Buffer.concat([head, chunk]);
      if (head.length > MAX_HEAD_BYTES) return undefined;
    } else if (stream.readableEnded || stream.destroyed) {
      return undefined;
    } else {
      await Promise.race([once(stream, "readable"), once(stream, "end")]);
    }
  }
}
