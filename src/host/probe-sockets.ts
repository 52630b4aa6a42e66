// What netcheck probes with besides the engine's socket: fresh UDP sockets, whose mappings know no other address, connections to relays and
// a look at the web server of whoever answers in their place.
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { request as httpRequest } from "node:http";
import { request as httpsRequest, type RequestOptions } from "node:https";
import { connect } from "node:net";
import type { PortalAnswer } from "../nat/netcheck/index.ts";
import {
  formatSocketAddress,
  type HostPort,
  type IpFamily,
  parseIp,
  type SocketAddress,
  splitSocketAddress,
} from "../protocol/address.ts";

export interface ProbeSockets {
  /** Local ports, in the order of the sockets. */
  readonly ports: readonly number[];
  send(index: number, data: Uint8Array, to: SocketAddress): void;
  close(): void;
}

export const TCP_TIMEOUT_MS = 3000;
const HTTP_TIMEOUT_MS = 3000;
const MAX_HEADER_BYTES = 8192;
const HTTP_PORT = 80;

/** `count` sockets of one family, or none where this host does not have it. */
export async function openProbeSockets(
  count: number,
  family: IpFamily,
  onDatagram: (index: number, data: Uint8Array, from: SocketAddress) => void,
): Promise<ProbeSockets> {
  const opened = await Promise.all(
    Array.from({ length: count }, (_, index) => openProbeSocket(index, family, onDatagram)),
  );
  const sockets = opened.filter((socket) => socket !== undefined);
  return {
    ports: sockets.map((socket) => socket.address().port),
    send: (index, data, to) => {
      const { ip, port } = splitSocketAddress(to);
      // What cannot be sent is a probe without an answer.
      sockets[index]?.send(data, port, ip, () => undefined);
    },
    close: () => {
      for (const socket of sockets) socket.close();
    },
  };
}

function openProbeSocket(
  index: number,
  family: IpFamily,
  onDatagram: (index: number, data: Uint8Array, from: SocketAddress) => void,
): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = family === 4 ? createSocket("udp4") : createSocket({ type: "udp6", ipv6Only: true });
    socket.on("error", () => resolve(undefined));
    socket.on("message", (data: Buffer, { address, port }: RemoteInfo) => {
      const ip = parseIp(address);
      if (ip !== undefined && port > 0) onDatagram(index, data, formatSocketAddress(ip, port));
    });
    socket.bind(0, () => resolve(socket));
  });
}

/** Milliseconds until a TCP connection stood; undefined: none in time. */
export function timeTcpConnection({ host, port }: HostPort): Promise<number | undefined> {
  return new Promise((resolve) => {
    const startedAt = performance.now();
    const socket = connect({ host, port, timeout: TCP_TIMEOUT_MS });
    const give = (ms?: number): void => {
      socket.destroy();
      resolve(ms);
    };
    socket.on("connect", () => give(performance.now() - startedAt));
    socket.on("timeout", () => give());
    socket.on("error", () => give());
  });
}

/** An HTTP proxy to ask (RFC 9112 §3.2.2). */
export interface PortalProxy {
  readonly host: string;
  readonly port: number;
  readonly isTls: boolean;
  /** Value of Proxy-Authorization. */
  readonly authorization?: string;
}

/** What answers at `http://host/`; undefined: nothing does. */
export function lookForPortal(host: string, proxy?: PortalProxy): Promise<PortalAnswer | undefined> {
  const url = `http://${host.includes(":") ? `[${host}]` : host}/`;
  const authorization = proxy?.authorization;
  const shared = { agent: false, maxHeaderSize: MAX_HEADER_BYTES, signal: AbortSignal.timeout(HTTP_TIMEOUT_MS) };
  const options: RequestOptions =
    proxy === undefined
      ? { ...shared, host, port: HTTP_PORT }
      : {
          ...shared,
          host: proxy.host,
          port: proxy.port,
          path: url,
          // As for the way to relays: trust is in what is said inside.
          rejectUnauthorized: false,
          headers: {
            host: new URL(url).host,
            ...(authorization !== undefined && { "proxy-authorization": authorization }),
          },
        };
  return new Promise((resolve) => {
    const request = proxy?.isTls === true ? httpsRequest : httpRequest;
    const outgoing = request(options, ({ statusCode = 0, headers }) => {
      const target = headers.location === undefined ? null : URL.parse(headers.location, url);
      const redirectHost = target === null || target.hostname === host ? undefined : target.hostname;
      resolve({ status: statusCode, redirectHost });
      outgoing.destroy();
    });
    outgoing.on("error", () => resolve(undefined));
    outgoing.end();
  });
}
