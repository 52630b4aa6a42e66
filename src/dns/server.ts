// Listens for questions on UDP and TCP, answers those about the mesh, and has the others forwarded.
import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { createServer, type Server, type Socket } from "node:net";
import { type Forwarder, type Transport, withLength } from "./forwarder.ts";
import { serverFailure, type Zone } from "./zone.ts";

export interface DnsServer {
  close(): Promise<void>;
}

export interface DnsServerOptions {
  readonly address: string;
  readonly port: number;
  /** Asked for at every question: the names change. */
  readonly zone: () => Zone;
  readonly forwarder: Forwarder;
}

const MAX_TCP_CONNECTIONS = 64;
const TCP_IDLE_MS = 10_000;
/** RFC 1035 §4.2.2 allows 65535; questions are small. */
const MAX_TCP_QUERY_BYTES = 4096;

/** Rejects with a system error ("EADDRINUSE", "EACCES") where the address cannot be had. */
export async function startDnsServer({ address, port, zone, forwarder }: DnsServerOptions): Promise<DnsServer> {
  const respond = async (query: Uint8Array, transport: Transport): Promise<Uint8Array | undefined> => {
    const answer = zone().answer(query);
    if (answer?.kind !== "forward") return answer?.response;
    return (await forwarder.forward(query, transport)) ?? serverFailure(query);
  };
  const udp = await listenUdp(address, port, respond);
  try {
    const tcp = await listenTcp(address, port, respond);
    return {
      close: async () => {
        await Promise.all([closeUdp(udp), tcp.close()]);
      },
    };
  } catch (error) {
    await closeUdp(udp);
    throw error;
  }
}

/**
 * Linux takes packets for any of its addresses from any interface (the weak host model, RFC 1122 §3.3.4.2): the mesh, or the LAN, reaches
 * the address too. To itself this host speaks from the very address, or from a loopback one.
 */
export function isThisHost(asker: string, served: string): boolean {
  return asker === served || asker.startsWith("127.");
}

type Respond = (query: Uint8Array, transport: Transport) => Promise<Uint8Array | undefined>;

function listenUdp(address: string, port: number, respond: Respond): Promise<UdpSocket> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(address.includes(":") ? "udp6" : "udp4");
    socket.once("error", reject);
    socket.bind({ address, port, exclusive: true }, () => {
      socket.off("error", reject);
      // A reply to an asker that is gone comes back as an error; nothing is to be done about it.
      socket.on("error", () => undefined);
      resolve(socket);
    });
    socket.on("message", (query, asker) => {
      if (!isThisHost(asker.address, address)) return;
      void respond(query, "udp").then((response) => {
        if (response !== undefined) sendUdp(socket, response, asker.port, asker.address);
      });
    });
  });
}

function sendUdp(socket: UdpSocket, response: Uint8Array, port: number, address: string): void {
  try {
    socket.send(response, port, address);
  } catch {
    // The socket was closed while the answer was under way.
  }
}

function closeUdp(socket: UdpSocket): Promise<void> {
  return new Promise((resolve) => {
    socket.close(() => {
      resolve();
    });
  });
}

function listenTcp(address: string, port: number, respond: Respond): Promise<{ close: () => Promise<void> }> {
  const connections = new Set<Socket>();
  const server: Server = createServer((connection) => {
    if (!isThisHost(connection.remoteAddress ?? "", address)) {
      connection.destroy();
      return;
    }
    connections.add(connection);
    connection.once("close", () => connections.delete(connection));
    serveConnection(connection, respond);
  });
  server.maxConnections = MAX_TCP_CONNECTIONS;
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host: address, port, exclusive: true }, () => {
      server.off("error", reject);
      resolve({
        close: () =>
          new Promise((closed) => {
            server.close(() => closed());
            for (const connection of connections) connection.destroy();
          }),
      });
    });
  });
}

/** One question after the other (RFC 7766 §6.2.1.1 allows more at once; resolvers of a host hardly use it). */
function serveConnection(connection: Socket, respond: Respond): void {
  let received = Buffer.alloc(0);
  let busy = false;
  const next = async (): Promise<void> => {
    if (busy || received.length < 2) return;
    const length = received.readUInt16BE(0);
    if (length > MAX_TCP_QUERY_BYTES) {
      connection.destroy();
      return;
    }
    if (received.length < length + 2) return;
    const query = received.subarray(2, length + 2);
    received = received.subarray(length + 2);
    busy = true;
    const response = await respond(query, "tcp");
    busy = false;
    if (response === undefined || connection.destroyed) {
      connection.destroy();
      return;
    }
    connection.write(withLength(response));
    await next();
  };
  connection.setTimeout(TCP_IDLE_MS, () => connection.destroy());
  connection.on("error", () => connection.destroy());
  connection.on("data", (chunk) => {
    received = Buffer.concat([received, chunk]);
    if (received.length > 2 * MAX_TCP_QUERY_BYTES) connection.destroy();
    else void next();
  });
}
