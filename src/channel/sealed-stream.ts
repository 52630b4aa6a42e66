import type { SigningKey } from "../identity/keys.ts";
import type { ByteStream } from "./byte-stream.ts";

/** An authenticated and sealed duplex channel of whole messages. */
export interface SealedStream {
  /** What both sides know of this very channel, 32 bytes: the node signs it (purpose "control-node"). */
  readonly transcriptHash: Uint8Array;
  readonly remoteAddress: string | undefined;
  /** The next message; undefined after the other side's orderly end. One call at a time. Rejects with ChannelError. */
  receive(): Promise<Uint8Array | undefined>;
  /** Queues in order; resolves when flow control took the message. Rejects with ChannelError. */
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

/** The node's side. Rejects with ChannelError, "wrong-coordinator" if the other side has not the root key. */
export declare function openAsNode(
  stream: ByteStream,
  rootKey: Uint8Array,
  options: OpenOptions,
): Promise<SealedStream>;

/** The coordinator's side. Rejects with ChannelError. */
export declare function acceptAsCoordinator(
  stream: ByteStream,
  root: SigningKey,
  options: OpenOptions,
): Promise<SealedStream>;
