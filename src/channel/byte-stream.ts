/** A reliable, ordered duplex stream of bytes, whatever carries it. */
export interface ByteStream {
  /** Where the other side is, as "ip:port" text for people; undefined if unknown. */
  readonly remoteAddress: string | undefined;
  /** The next bytes (at least one); undefined after the orderly end. One call at a time. Rejects with ChannelError. */
  read(): Promise<Uint8Array | undefined>;
  /** Resolves when flow control took the bytes. One call at a time. Rejects with ChannelError. */
  write(bytes: Uint8Array): Promise<void>;
  /** Ends it in order: what was written arrives. Never rejects. */
  close(): Promise<void>;
  /** Ends it at once; pending calls reject. */
  abort(): void;
}
