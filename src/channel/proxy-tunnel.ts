// A tunnel through an HTTP proxy (CONNECT, RFC 9110 §9.3.6) for a library that takes no socket: it connects to a port on the loopback
// interface, and what comes there goes through the proxy. Only one connection is taken, and only the one whose own port the caller names:
// whoever else on this host finds the port is hung up on.
import { once } from "node:events";
import { connect as connectTcp, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { formatHostPort, type HostPort } from "../protocol/address.ts";
import { describeDuration } from "../protocol/units.ts";
import { ChannelError } from "./errors.ts";
import { readConnectStatus } from "./proxy-answer.ts";
import type { HttpProxy } from "./proxy.ts";

/** Connections that wait to be named as the one that is expected; another one turns out the oldest, so that strangers keep nobody out. */
const MAX_WAITING = 8;

export interface ProxyTunnel {
  /** Where to connect to instead. */
  readonly entrance: HostPort;
  /** The connection from this local port is the one. */
  admit(localPort: number): void;
  close(): void;
}

export interface TunnelOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** Rejects with ChannelError ("unreachable", "timeout", "aborted"). */
export async function openTunnel(proxy: HttpProxy, target: HostPort, options: TunnelOptions): Promise<ProxyTunnel> {
  const upstream = await reach(proxy, target, options);
  upstream.pause();
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return shim(server, upstream);
}

function shim(server: Server, upstream: Socket): ProxyTunnel {
  const waiting = new Map<number, Socket>();
  let admitted: number | undefined;
  const close = (): void => {
    server.close();
    upstream.destroy();
    for (const socket of waiting.values()) socket.destroy();
  };
  const join = (): void => {
    const socket = admitted === undefined ? undefined : waiting.get(admitted);
    if (socket === undefined) return;
    waiting.delete(socket.remotePort ?? 0);
    server.close();
    for (const stranger of waiting.values()) stranger.destroy();
    socket.setNoDelay();
    socket.pipe(upstream).pipe(socket);
    socket.once("close", () => upstream.destroy());
    upstream.once("close", () => socket.destroy());
  };
  server.on("connection", (socket) => {
    socket.on("error", () => undefined);
    if (socket.remotePort === undefined) {
      socket.destroy();
      return;
    }
    waiting.set(socket.remotePort, socket);
    join();
    for (const [port, oldest] of waiting) {
      if (waiting.size <= MAX_WAITING) break;
      waiting.delete(port);
      oldest.destroy();
    }
  });
  upstream.once("close", close);
  const { port } = server.address() as AddressInfo;
  return {
    entrance: { host: "127.0.0.1", port },
    admit(localPort) {
      admitted = localPort;
      join();
    },
    close,
  };
}

/** A socket that the proxy has joined to the target. */
async function reach(proxy: HttpProxy, target: HostPort, { timeoutMs, signal }: TunnelOptions): Promise<Socket> {
  const at = formatHostPort(proxy.at);
  // Any certificate will do, as for the coordinator: trust is in the sealed channel inside.
  const socket = proxy.isTls ? connectTls({ ...proxy.at, rejectUnauthorized: false }) : connectTcp(proxy.at);
  socket.setNoDelay();
  const { promise: stopped, reject: stop } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    stop(new ChannelError("timeout", `the proxy ${at} did not answer within ${describeDuration(timeoutMs)}`));
  }, timeoutMs);
  const onAbort = (): void => stop(new ChannelError("aborted", "connecting was given up"));
  signal?.addEventListener("abort", onAbort, { once: true });
  if (signal?.aborted) onAbort();
  try {
    await Promise.race([connectThrough(socket, proxy, target), stopped]);
    socket.on("error", () => undefined);
    return socket;
  } catch (error) {
    socket.on("error", () => undefined);
    socket.destroy();
    if (error instanceof ChannelError) throw error;
    const code = error instanceof Error && "code" in error ? ` (${String(error.code)})` : "";
    throw new ChannelError("unreachable", `the proxy ${at} cannot be reached${code}`, { cause: error });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
  }
}

async function connectThrough(
  socket: Socket,
  { at, isTls, authorization }: HttpProxy,
  target: HostPort,
): Promise<void> {
  await once(socket, isTls ? "secureConnect" : "connect");
  const host = formatHostPort(target);
  const credentials =
    authorization === undefined
      ? ""
      : `Proxy-Authorization: ${Buffer.from(authorization.reveal()).toString("latin1")}\r\n`;
  socket.write(`CONNECT ${host} HTTP/1.1\r\nHost: ${host}\r\n${credentials}\r\n`);
  const status = await readConnectStatus(socket);
  if (status === 200) return;
  const problem =
    status === undefined ? "does not answer as a proxy" : `refuses to connect to ${host} (HTTP status ${status})`;
  const advice = status === 407 ? "; put user name and password into HTTPS_PROXY" : "";
  throw new ChannelError("unreachable", `the proxy ${formatHostPort(at)} ${problem}${advice}`);
}
