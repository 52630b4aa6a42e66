// What netcheck probes with besides the engine's socket: fresh UDP sockets, whose mappings know no other address, connections to relays and
// a look at the web server of whoever answers in their place.
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { request } from "node:http";
import { connect } from "node:net";
import type { PortalAnswer } from "../nat/netcheck/index.ts";
import { type HostPort, parseSocketAddress, type SocketAddress, splitSocketAddress } from "../protocol/address.ts";

export interface ProbeSockets {
  /** Local ports, in the order of the sockets. */
  readonly ports: readonly number[];
  send(index: number, data: Uint8Array, to: SocketAddress): void;
  close(): void;
}

const TCP_TIMEOUT_MS = 3000;
const HTTP_TIMEOUT_MS = 3000;
const MAX_HEADER_BYTES = 8192;
const HTTP_PORT = 80;

/** `count` IPv4 sockets, or none where this host has no IPv4. */
export async function openProbeSockets(
  count: number,
  onDatagram: (index: number, data: Uint8Array, from: SocketAddress) => void,
): Promise<ProbeSockets> {
  const opened = await Promise.all(Array.from({ length: count }, (_, index) => openProbeSocket(index, onDatagram)));
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
  onDatagram: (index: number, data: Uint8Array, from: SocketAddress) => void,
): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket("udp4");
    socket.on("error", () => resolve(undefined));
    socket.on("message", (data: Buffer, { address, port }: RemoteInfo) => {
      const from = parseSocketAddress(`${address}:${String(port)}`);
      if (from !== undefined) onDatagram(index, data, from);
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

/** What answers at `http://host/`; undefined: nothing does. */
export function lookForPortal(host: string): Promise<PortalAnswer | undefined> {
  return new Promise((resolve) => {
    const outgoing = request(
      {
        host,
        port: HTTP_PORT,
        agent: false,
        maxHeaderSize: MAX_HEADER_BYTES,
        signal: AbortSignal.timeout(HTTP_TIMEOUT_MS),
      },
      ({ statusCode = 0, headers }) => {
        const target = headers.location === undefined ? null : URL.parse(headers.location, `http://${host}/`);
        const redirectHost = target === null || target.hostname === host ? undefined : target.hostname;
        resolve({ status: statusCode, redirectHost });
        outgoing.destroy();
      },
    );
    outgoing.on("error", () => resolve(undefined));
    outgoing.end();
  });
}
