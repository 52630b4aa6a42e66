// From a stream of bytes to a sealed channel of messages: the handshake on the wire, then one secretstream per direction
// (docs/protocol.md, "Control channel", steps 4 and 5).
import type { SigningKey } from "../identity/keys.ts";
import { MAX_FRAME_BYTES, MAX_HELLO_BYTES } from "../protocol/limits.ts";
import { describeDuration } from "../protocol/units.ts";
import type { ByteStream } from "./byte-stream.ts";
import { ChannelError } from "./errors.ts";
import { FrameReader, encodeFrame } from "./frames.ts";
import { CHANNEL_VERSION, answerHandshake, freshRandomness, startHandshake } from "./handshake.ts";
import type { SessionKeys } from "./handshake.ts";
import { SEAL_BYTES, SEAL_HEADER_BYTES, SecretReceiver, SecretSender } from "./secretstream.ts";

/** What fits into a frame when sealed. */
export const MAX_MESSAGE_BYTES = MAX_FRAME_BYTES - SEAL_BYTES;
/** What may wait for a receiver that does not read; then it is given up, so that it cannot cost us more. */
const MAX_QUEUED_BYTES = 8 * MAX_FRAME_BYTES;
/** How long the last words may take to leave, and the other side to close its end. */
const CLOSING_LIMIT_MS = 500;

/** An authenticated and sealed duplex channel of whole messages. */
export interface SealedStream {
  /** What both sides know of this very channel, 32 bytes: the node signs it (purpose "control-node"). */
  readonly transcriptHash: Uint8Array;
  readonly remoteAddress: string | undefined;
  /** The next message; undefined after the other side's orderly end. One call at a time. Rejects with ChannelError. */
  receive(): Promise<Uint8Array | undefined>;
  /**
   * Queues in order; resolves when flow control took the message. Rejects with ChannelError, also when more than 8 MiB wait
   * for the other side to read: then the channel is aborted.
   */
  send(message: Uint8Array): Promise<void>;
  /** Ends our direction in order (FINAL), then the stream. Never rejects. */
  close(): Promise<void>;
  /** Ends it at once; pending calls reject with "aborted". */
  abort(): void;
}

export interface OpenOptions {
  /** For the whole handshake. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/**
 * The node's side, on a stream that `connect` makes, which begins with the bytes that are given to it. Rejects with ChannelError,
 * "wrong-coordinator" if the other side has not the root key.
 */
export async function connectAsNode(
  connect: (opening: Uint8Array) => Promise<ByteStream>,
  rootKey: Uint8Array,
  options: OpenOptions,
): Promise<SealedStream> {
  const handshake = startHandshake(rootKey, freshRandomness());
  const stream = await connect(encodeFrame(handshake.clientHello));
  return limited(stream, options, async () => {
    const frames = new FrameReader(stream);
    return seal(stream, frames, handshake.finish(await expectFrame(frames, MAX_HELLO_BYTES)));
  });
}

interface AcceptOptions extends OpenOptions {
  /** The first message. It leaves with the handshake's answer: the other side gets it without another round trip. */
  readonly greeting?: Uint8Array;
}

/** The coordinator's side. Rejects with ChannelError. */
export function acceptAsCoordinator(
  stream: ByteStream,
  root: SigningKey,
  options: AcceptOptions,
): Promise<SealedStream> {
  return limited(stream, options, async () => {
    const frames = new FrameReader(stream);
    const { serverHello, keys } = answerHandshake(root, await expectFrame(frames, MAX_HELLO_BYTES), freshRandomness());
    await stream.write(encodeFrame(serverHello));
    if (!keys) {
      await stream.close();
      throw new ChannelError("version-mismatch", `the node does not speak version ${CHANNEL_VERSION} of the protocol`);
    }
    return seal(stream, frames, keys, options.greeting);
  });
}

async function seal(
  stream: ByteStream,
  frames: FrameReader,
  keys: SessionKeys,
  greeting?: Uint8Array,
): Promise<SealedStream> {
  const sender = new SecretSender(keys.sendKey);
  await stream.write(encodeFrame(sender.header));
  if (greeting !== undefined) await stream.write(encodeFrame(sender.seal(greeting)));
  const header = await expectFrame(frames, SEAL_HEADER_BYTES);
  if (header.length !== SEAL_HEADER_BYTES)
    throw new ChannelError("protocol", "the other side's stream header is malformed");
  return new FramedSecretStream(
    stream,
    frames,
    keys.transcriptHash,
    sender,
    new SecretReceiver(keys.receiveKey, header),
  );
}

async function expectFrame(frames: FrameReader, maxBytes: number): Promise<Uint8Array> {
  const frame = await frames.next(maxBytes);
  if (!frame) throw new ChannelError("closed", "the connection was closed during the handshake");
  return frame;
}

/** Runs a handshake within its time; the stream does not outlive a failed one. */
async function limited<T>(stream: ByteStream, { timeoutMs, signal }: OpenOptions, run: () => Promise<T>): Promise<T> {
  const timeout = new AbortController();
  const timer = setTimeout(() => {
    timeout.abort();
    stream.abort();
  }, timeoutMs);
  const onAbort = () => {
    stream.abort();
  };
  if (signal?.aborted) stream.abort();
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    return await run();
  } catch (error) {
    stream.abort();
    if (timeout.signal.aborted) {
      throw new ChannelError("timeout", `no answer to the handshake within ${describeDuration(timeoutMs)}`);
    }
    throw error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
  }
}

class FramedSecretStream implements SealedStream {
  readonly transcriptHash: Uint8Array;
  readonly remoteAddress: string | undefined;
  readonly #stream: ByteStream;
  readonly #frames: FrameReader;
  readonly #sender: SecretSender;
  readonly #receiver: SecretReceiver;
  #finished = false;
  /** The last write; each waits for the one before. */
  #written: Promise<void> = Promise.resolve();
  #queuedBytes = 0;
  #closing: Promise<void> | undefined;

  constructor(
    stream: ByteStream,
    frames: FrameReader,
    transcriptHash: Uint8Array,
    sender: SecretSender,
    receiver: SecretReceiver,
  ) {
    this.#stream = stream;
    this.#frames = frames;
    this.transcriptHash = transcriptHash;
    this.remoteAddress = stream.remoteAddress;
    this.#sender = sender;
    this.#receiver = receiver;
  }

  async receive(): Promise<Uint8Array | undefined> {
    if (this.#finished) return undefined;
    const frame = await this.#frames.next(MAX_FRAME_BYTES);
    if (!frame) throw new ChannelError("closed", "the connection was cut");
    const opened = this.#receiver.open(frame);
    switch (opened.kind) {
      case "message":
        return opened.message;
      case "final":
        this.#finished = true;
        return undefined;
      case "forged":
        this.abort();
        throw new ChannelError("protocol", "a message was not sealed by the other side");
    }
  }

  send(message: Uint8Array): Promise<void> {
    if (this.#closing) return Promise.reject(new ChannelError("aborted", "the channel was closed here"));
    if (this.#queuedBytes + message.length > MAX_QUEUED_BYTES) {
      this.abort();
      return Promise.reject(new ChannelError("closed", "the other side does not read"));
    }
    return this.#enqueue(encodeFrame(this.#sender.seal(message)));
  }

  #enqueue(frame: Uint8Array): Promise<void> {
    this.#queuedBytes += frame.length;
    const write = this.#written.then(async () => {
      await this.#stream.write(frame);
      this.#queuedBytes -= frame.length;
    });
    // Callers that do not wait hear of a broken channel by receive().
    write.catch(() => undefined);
    this.#written = write;
    return write;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const timer = setTimeout(() => {
      this.#stream.abort();
    }, CLOSING_LIMIT_MS);
    try {
      await this.#enqueue(encodeFrame(this.#sender.final())).catch(() => {
        // The other side was faster.
      });
      await this.#stream.close();
    } finally {
      clearTimeout(timer);
    }
  }

  abort(): void {
    this.#stream.abort();
  }
}
