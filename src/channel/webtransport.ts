// The one file that knows @fails-components/webtransport: WebTransport sessions over HTTP/2, of which meshd uses one
// bidirectional stream each. What the library does that we do not want is put right here, on its instances:
// - importing it prints errors about its HTTP/3 package, which we do not install;
// - both ends ping every session once a second (the control channel has heartbeats of its own);
// - its default flow-control windows of 16 KiB stall;
// - it sends the head of a capsule and its content in two packets;
// - its HTTP/2 frames are small;
// - a client accepts only certificates that a CA or a hash vouches for;
// - an exception in its capsule parser, which strangers can cause, would end the process;
// - datagrams that nobody reads are queued without bound;
// - writes in flight never settle when the session ends, and closing a server leaves its sessions open.
import { randomBytes } from "node:crypto";
import type { ClientHttp2Session, Http2Session, ServerHttp2Stream } from "node:http2";
import { registerHooks } from "node:module";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Server as TlsServer } from "node:tls";

import type * as Library from "@fails-components/webtransport";

import { formatHostPort, formatSocketAddress } from "../protocol/address.ts";
import type { HostPort } from "../protocol/address.ts";
import { describeDuration } from "../protocol/units.ts";
import type { ByteStream } from "./byte-stream.ts";
import type { TlsCertificate } from "./certificate.ts";
import { AcceptedConnections } from "./connections.ts";
import type { Connection } from "./connections.ts";
import { ChannelError } from "./errors.ts";
import { chooseProxy } from "./proxy.ts";
import { openTunnel, type ProxyTunnel } from "./proxy-tunnel.ts";
import { StreamPipe } from "./stream-pipe.ts";
import type { DuplexStreams } from "./stream-pipe.ts";

/** What a session is for (docs/protocol.md, "Control channel" and "Relay over TCP"). */
export type Purpose = "control" | "relay";
const PATHS: Readonly<Record<Purpose, string>> = { control: "/meshd/v1/control", relay: "/meshd/v1/relay" };
const PURPOSES = ["control", "relay"] as const;
const HTTP3_PACKAGE = "@fails-components/webtransport-transport-http3-quiche";

/** One frame and a little; what a stranger can make us hold before the handshake is bounded by it. */
const STREAM_WINDOW_BYTES = 2 * 1024 * 1024;
const WINDOWS = {
  initialStreamFlowControlWindow: STREAM_WINDOW_BYTES,
  streamFlowControlWindowSizeLimit: STREAM_WINDOW_BYTES,
  initialSessionFlowControlWindow: STREAM_WINDOW_BYTES,
  sessionFlowControlWindowSizeLimit: STREAM_WINDOW_BYTES,
  initialBidirectionalStreams: 1,
  initialUnidirectionalStreams: 1,
};

/** With a frame's header, HTTP/2's default of 16 KiB takes two TLS records, and both ends two chunks to handle. */
const MAX_HTTP2_FRAME_BYTES = 128 * 1024;

/** A session is told of its connection even if it was given up a moment before, as one that lost a race of several is; to it nothing may be said. */
function allowLargeFrames(http2: Http2Session): void {
  if (!http2.destroyed) http2.settings({ maxFrameSize: MAX_HTTP2_FRAME_BYTES });
}

/** Connections beyond the sessions admitted, so that a full server can still say no. */
const SPARE_CONNECTIONS = 256;

// ---- the library's insides that are used here

interface NativeSession {
  readonly capsParser: { parseData(data: Buffer): void; writeCapsule(capsule: object): boolean | undefined };
  readonly stream: ServerHttp2Stream;
  jsobj: Session;
}

interface Session {
  readonly ready: Promise<unknown>;
  readonly closed: Promise<unknown>;
  readonly draining: Promise<unknown>;
  readonly incomingBidirectionalStreams: ReadableStream<DuplexStreams>;
  onDatagramReceived: () => void;
  close(): void;
}

interface ClientSession extends Session {
  createBidirectionalStream(): Promise<DuplexStreams>;
}

interface HttpClient {
  readonly transportInt: { readonly clientInt: ClientHttp2Session };
  onClientConnected(result: { success: boolean }): void;
  onClientWebTransportSupport(support: object): void;
  onHttpWTSessionVisitor(visitor: { session: NativeSession }): void;
}

interface ServerInsides {
  readonly transportInt: { readonly serverInt: TlsServer };
}

let library: Promise<typeof Library> | undefined;

/** Imports the library as if its HTTP/3 package were there and empty: then it has nothing to complain about. */
function loadLibrary(): Promise<typeof Library> {
  library ??= (async () => {
    const hooks = registerHooks({
      resolve: (specifier, context, next) =>
        specifier === HTTP3_PACKAGE ? { url: "data:text/javascript,", shortCircuit: true } : next(specifier, context),
    });
    try {
      const loaded = await import("@fails-components/webtransport");
      await loaded.quicheLoaded;
      return loaded;
    } finally {
      hooks.deregister();
    }
  })();
  return library;
}

/** Loads what connecting needs, so that the first connection need not wait for it. Never rejects. */
export async function prepareWebTransport(): Promise<void> {
  await loadLibrary().catch(() => undefined);
}

/** Called before the library reads the first byte of a session. */
function contain(native: NativeSession): void {
  const { capsParser, stream } = native;
  const parse = capsParser.parseData.bind(capsParser);
  capsParser.parseData = (data) => {
    try {
      parse(data);
    } catch {
      stream.destroy();
    }
  };
  const writeCapsule = capsParser.writeCapsule.bind(capsParser);
  capsParser.writeCapsule = (capsule) => {
    stream.cork();
    try {
      return writeCapsule(capsule);
    } finally {
      stream.uncork();
    }
  };
  const session = native.jsobj;
  session.onDatagramReceived = () => undefined;
  ignoreRejections(session);
}

/** All three reject when a session fails; what matters of that is seen on its stream. */
function ignoreRejections(session: Pick<Session, "ready" | "closed" | "draining">): void {
  for (const promise of [session.ready, session.closed, session.draining]) promise.catch(() => undefined);
}

// ---- client

export interface ConnectOptions {
  /** Default: control. */
  readonly purpose?: Purpose;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** The first bytes of the stream: they leave with the request, not a round trip later with its answer. */
  readonly opening?: Uint8Array;
  /** Where HTTPS_PROXY and NO_PROXY stand. Default: this process's own. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** Connects and opens the one stream of the session. Rejects with ChannelError ("unreachable", "timeout", "aborted"). */
export async function connectWebTransport(coordinator: HostPort, options: ConnectOptions): Promise<ByteStream> {
  const { timeoutMs, signal, opening, purpose = "control" } = options;
  const at = formatHostPort(coordinator);
  const loaded = await loadLibrary();
  if (signal?.aborted) throw new ChannelError("aborted", `connecting to ${at} was given up`);
  const tunnel = await tunnelTo(coordinator, options);
  const through = tunnel === undefined ? at : formatHostPort(tunnel.entrance);
  const { session, client, connection, requested } = openSession(loaded, through, PATHS[purpose], timeoutMs);
  const { http2 } = connection;
  if (tunnel !== undefined) enter(tunnel, http2);
  let cause: Error | undefined;
  http2.once("error", (error: Error) => {
    cause = error;
  });

  const { promise: stopped, reject: stop } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    stop(new ChannelError("timeout", `${at} did not answer within ${describeDuration(timeoutMs)}`));
  }, timeoutMs);
  const onAbort = () => {
    stop(new ChannelError("aborted", `connecting to ${at} was given up`));
  };
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    await Promise.race([requested, session.ready, stopped]);
    const stream = await Promise.race([session.createBidirectionalStream(), stopped]);
    const pipe = new StreamPipe(stream, session, connection, peerAddress(http2));
    if (opening !== undefined) pipe.write(opening).catch(() => undefined);
    await Promise.race([session.ready, stopped]);
    return pipe;
  } catch (error) {
    http2.destroy(new Error("gave up"));
    connection.cut();
    // The library's own wait for HTTP/2 settings ends with this instead of with its timer.
    client.onClientWebTransportSupport({});
    if (error instanceof ChannelError) throw error;
    throw new ChannelError("unreachable", unreachable(at, cause), { cause });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
  }
}

/** The way through the proxy, where the environment names one. */
async function tunnelTo(coordinator: HostPort, options: ConnectOptions): Promise<ProxyTunnel | undefined> {
  const { timeoutMs, signal, environment = process.env } = options;
  const choice = chooseProxy(coordinator, environment);
  switch (choice.kind) {
    case "none":
      return undefined;
    case "malformed":
      throw new ChannelError(
        "unreachable",
        `${choice.variable} is not the URL of an HTTP proxy; write it as in http://proxy.example:3128`,
      );
    case "proxy":
      return openTunnel(choice.proxy, coordinator, { timeoutMs, signal });
  }
}

/** The library's socket is known by its own port once it has one. */
function enter(tunnel: ProxyTunnel, http2: Http2Session): void {
  http2.once("close", () => {
    tunnel.close();
  });
  http2.socket.once("connect", () => {
    // Without its socket, and without the tunnel, if it was given up meanwhile.
    if (http2.destroyed) return;
    const { localPort } = http2.socket;
    if (localPort !== undefined) tunnel.admit(localPort);
  });
}

function openSession(
  { WebTransport }: typeof Library,
  at: string,
  path: string,
  timeoutMs: number,
): { session: ClientSession; client: HttpClient; connection: Connection; requested: Promise<unknown> } {
  const requested = Promise.withResolvers<undefined>();
  let client: HttpClient | undefined;
  class ControlSession extends WebTransport {
    override createClient(args: Parameters<Library.WebTransport["createClient"]>[0]) {
      const made = super.createClient(args);
      client = made.client as HttpClient;
      const visit = client.onHttpWTSessionVisitor.bind(client);
      client.onHttpWTSessionVisitor = (visitor) => {
        visit(visitor);
        contain(visitor.session);
        requested.resolve(undefined);
      };
      return made;
    }
  }
  const options = {
    ...WINDOWS,
    forceReliable: true,
    // Any certificate will do: with hashes given, the library does not leave the decision to TLS, and asks `some` of them.
    serverCertificateHashes: Object.assign([], { some: () => true }),
    // The library's own limits only have to be later than ours.
    quicConnectTimeout: timeoutMs + 1000,
    webTransportConnectTimeout: timeoutMs + 1000,
  };
  const session = new ControlSession(`https://${at}${path}`, options) as unknown as ClientSession;
  ignoreRejections(session);
  if (!client) throw new Error("the WebTransport library changed");
  const connected = client;
  const http2 = connected.transportInt.clientInt;
  // The library's listener for certificates, the latest added, throws if the session is destroyed during TLS.
  const certificateListener = http2.socket.listeners("secureConnect").at(-1);
  if (certificateListener) http2.socket.off("secureConnect", certificateListener as () => void);
  // The library's listener is the one that starts the pings.
  http2.removeAllListeners("connect");
  let socket: Duplex | undefined;
  http2.once("connect", (_, under: Duplex) => {
    socket = under;
    allowLargeFrames(http2);
    connected.onClientConnected({ success: true });
  });
  const cut = () => {
    socket?.destroy();
    http2.destroy();
  };
  return { session, client, connection: { http2, cut }, requested: requested.promise };
}

function unreachable(at: string, cause: unknown): string {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : undefined;
  switch (code) {
    case undefined:
      return `${at} answers, but not as a meshd coordinator`;
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `the name in ${at} cannot be resolved (${code})`;
    default:
      return code.startsWith("ERR_") || code === "EPROTO"
        ? `${at} answers, but not as a meshd coordinator (${code})`
        : `${at} cannot be reached (${code})`;
  }
}

function peerAddress(http2: Http2Session): string | undefined {
  // Not there any more once the session is destroyed, whatever its declared type says.
  const socket = http2.socket as Http2Session["socket"] | undefined;
  const { remoteAddress, remotePort } = socket ?? {};
  if (remoteAddress === undefined || remotePort === undefined) return undefined;
  return formatSocketAddress(remoteAddress.split("%", 1)[0] ?? remoteAddress, remotePort);
}

// ---- server

export interface ListenOptions {
  /** "0.0.0.0", "::" (both families), or one address. */
  readonly host: string;
  /** 0 for any. */
  readonly port: number;
  readonly certificate: TlsCertificate;
  /** More are refused. */
  readonly maxSessions: number;
  /** A session opened its stream. Must not throw; the stream is the callee's. Sessions for what is absent are refused. */
  readonly onStream: Readonly<Partial<Record<Purpose, (stream: ByteStream) => void>>>;
}

export interface WebTransportListener {
  readonly port: number;
  /** Ends all sessions and frees the port. */
  close(): Promise<void>;
}

/** Rejects with the system's error (`code` "EADDRINUSE", "EACCES") if it cannot listen. */
export async function listenWebTransport(options: ListenOptions): Promise<WebTransportListener> {
  const { Http2Server } = await loadLibrary();
  const served = PURPOSES.filter((purpose) => options.onStream[purpose] !== undefined);
  let admitted = 0;

  class ControlServer extends Http2Server {
    override onHttpWTSessionVisitor(visitor: Parameters<Library.Http2Server["onHttpWTSessionVisitor"]>[0]): void {
      super.onHttpWTSessionVisitor(visitor);
      const { session: native, path } = visitor as unknown as { session: NativeSession; path: string };
      contain(native);
      const http2 = native.stream.session;
      if (!http2 || admitted >= options.maxSessions) {
        http2?.destroy();
        return;
      }
      admitted += 1;
      http2.once("close", () => (admitted -= 1));
      void adopt(native.jsobj, http2, path);
    }
  }

  const adopt = async (session: Session, http2: Http2Session, path: string) => {
    const incoming = session.incomingBidirectionalStreams.getReader();
    try {
      const { value: stream } = await incoming.read();
      if (!stream) return;
      const purpose = served.find((each) => PATHS[each] === path);
      if (purpose === undefined) throw new Error("the WebTransport library let in a path that is not served");
      options.onStream[purpose]?.(new StreamPipe(stream, session, connections.admit(http2), peerAddress(http2)));
    } catch {
      http2.destroy();
    }
  };

  const server = new ControlServer({
    ...WINDOWS,
    host: options.host,
    port: options.port,
    secret: randomBytes(32).toString("base64"),
    cert: options.certificate.certificatePem,
    privKey: options.certificate.privateKeyPem,
  });
  const connections = new AcceptedConnections();
  const drained = Promise.all(served.map((purpose) => drain(server.sessionStream(PATHS[purpose]))));
  server.startServer();
  const tls = (server as unknown as ServerInsides).transportInt.serverInt;
  tls.maxConnections = options.maxSessions + SPARE_CONNECTIONS;
  // TLS begins with the first byte: who says nothing costs a socket, and not the ten times larger state of a handshake.
  const handshakes = tls.listeners("connection");
  tls.removeAllListeners("connection");
  tls.on("connection", (socket: Socket) => {
    connections.add(socket);
    socket.on("error", () => undefined);
    socket.once("readable", () => {
      if (socket.readableLength === 0) socket.destroy();
      else for (const begin of handshakes) begin.call(tls, socket);
    });
  });
  // The library's listener is the one that starts the pings; WebSockets are another way in that we do not offer.
  tls.removeAllListeners("session");
  tls.removeAllListeners("upgrade");
  tls.on("session", (http2: Http2Session) => {
    allowLargeFrames(http2);
    let streams = 0;
    http2.on("stream", () => {
      streams += 1;
      if (streams > 1) http2.destroy();
    });
  });
  await server.ready;
  return {
    port: (tls.address() as AddressInfo).port,
    async close() {
      server.stopServer();
      connections.cutAll();
      await server.closed;
      await drained;
    },
  };
}

/** The library queues every session here; they are taken over before that, so the queue only has to stay empty. */
async function drain(queue: ReadableStream<unknown>): Promise<void> {
  const reader = queue.getReader();
  while (!(await reader.read()).done);
}
