import type { ByteStream } from "./byte-stream.ts";
import type { Connection } from "./connections.ts";
import { ChannelError } from "./errors.ts";

export interface DuplexStreams {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
}

/** Once the end was sent, how long the other side may take to close the connection before we cut it. */
const CLOSING_LIMIT_MS = 500;

/** A ByteStream over web streams inside an HTTP/2 connection that carries nothing else, and is closed with it. */
export class StreamPipe implements ByteStream {
  readonly remoteAddress: string | undefined;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #session: { close(): void };
  readonly #connection: Connection;
  readonly #gone: Promise<void>;
  #ending: "open" | "closing" | "aborted" = "open";
  #failWrite: ((error: ChannelError) => void) | undefined;

  constructor(
    { readable, writable }: DuplexStreams,
    session: { close(): void },
    connection: Connection,
    remoteAddress: string | undefined,
  ) {
    this.remoteAddress = remoteAddress;
    this.#reader = readable.getReader();
    this.#writer = writable.getWriter();
    this.#session = session;
    this.#connection = connection;
    const { http2 } = connection;
    for (const promise of [this.#reader.closed, this.#writer.closed]) promise.catch(() => undefined);
    this.#gone = new Promise((resolve) => {
      const gone = () => {
        // A write in flight is never settled by the streams themselves when the connection goes.
        this.#failWrite?.(this.#ended());
        resolve();
      };
      if (http2.destroyed) gone();
      else http2.once("close", gone);
    });
  }

  async read(): Promise<Uint8Array | undefined> {
    try {
      return (await this.#reader.read()).value;
    } catch {
      throw this.#ended();
    }
  }

  write(bytes: Uint8Array): Promise<void> {
    if (this.#connection.http2.destroyed || this.#ending !== "open") return Promise.reject(this.#ended());
    return new Promise((resolve, reject) => {
      this.#failWrite = reject;
      this.#writer.write(bytes).then(resolve, () => {
        reject(this.#ended());
      });
    });
  }

  async close(): Promise<void> {
    if (this.#ending === "open") {
      this.#ending = "closing";
      const timer = setTimeout(() => {
        this.#connection.cut();
      }, CLOSING_LIMIT_MS);
      void this.#gone.then(() => {
        clearTimeout(timer);
      });
      try {
        await Promise.race([this.#writer.close(), this.#gone]);
      } catch {
        // The other side was faster.
      }
      if (!this.#connection.http2.destroyed) {
        this.#session.close();
        this.#connection.http2.close();
      }
    }
    await this.#gone;
  }

  abort(): void {
    if (this.#ending !== "aborted") this.#ending = "aborted";
    this.#connection.cut();
  }

  #ended(): ChannelError {
    return this.#ending === "open"
      ? new ChannelError("closed", "the connection was closed")
      : new ChannelError("aborted", "the connection was closed here");
  }
}
