import type { HostPort } from "../protocol/address.ts";
import type { ByteStream } from "./byte-stream.ts";
import type { TlsCertificate } from "./certificate.ts";

export interface ConnectOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** Connects and opens the one stream of the session. Rejects with ChannelError ("unreachable", "timeout", "aborted"). */
export declare function connectWebTransport(coordinator: HostPort, options: ConnectOptions): Promise<ByteStream>;

export interface ListenOptions {
  /** "0.0.0.0", "::" (both families), or one address. */
  readonly host: string;
  /** 0 for any. */
  readonly port: number;
  readonly certificate: TlsCertificate;
  /** More are refused. */
  readonly maxSessions: number;
  /** A session opened its stream. Must not throw; the stream is the callee's. */
  onStream(stream: ByteStream): void;
}

export interface WebTransportListener {
  readonly port: number;
  /** Ends all sessions and frees the port. */
  close(): Promise<void>;
}

/** Rejects with the system's error (`code` "EADDRINUSE", "EACCES") if it cannot listen. */
export declare function listenWebTransport(options: ListenOptions): Promise<WebTransportListener>;
