// Passes a query on to the resolvers that the host had before us: over UDP or TCP, as it came; the next one where one is silent.
import { createSocket } from "node:dgram";
import { connect } from "node:net";

export type Transport = "udp" | "tcp";

export interface Forwarder {
  /** Undefined: no resolver answered, there is none, or too many queries are under way. */
  forward(query: Uint8Array, transport: Transport): Promise<Uint8Array | undefined>;
}

const PORT = 53;
const TIMEOUT_MS = 2000;
/** glibc gives up after 5 s (resolv.conf(5), timeout): asking more than two would come too late. */
const MAX_SERVERS = 2;
const MAX_PENDING = 256;
const HEADER_BYTES = 12;

/** `servers` is asked for at every query: the host may have moved to another network. */
export function createForwarder(servers: () => readonly string[]): Forwarder {
  let pending = 0;
  return {
    async forward(query, transport) {
      if (query.length < HEADER_BYTES || pending >= MAX_PENDING) return undefined;
      pending++;
      try {
        for (const server of servers().slice(0, MAX_SERVERS)) {
          const answer = await (transport === "udp" ? askUdp(server, query) : askTcp(server, query));
          if (answer !== undefined) return answer;
        }
        return undefined;
      } finally {
        pending--;
      }
    },
  };
}

/** A connected socket of its own for each query: answers come from the server or not at all, and the source port is random (RFC 5452). */
function askUdp(server: string, query: Uint8Array): Promise<Uint8Array | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket(server.includes(":") ? "udp6" : "udp4");
    const finish = (answer: Uint8Array | undefined): void => {
      clearTimeout(timer);
      socket.removeAllListeners();
      socket.on("error", () => undefined).close();
      resolve(answer);
    };
    const timer = setTimeout(finish, TIMEOUT_MS, undefined);
    socket.once("error", () => finish(undefined));
    socket.on("message", (message) => {
      if (sameId(message, query)) finish(message);
    });
    socket.connect(PORT, server, () => socket.send(query));
  });
}

/** RFC 1035 §4.2.2: two bytes of length in front. */
function askTcp(server: string, query: Uint8Array): Promise<Uint8Array | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host: server, port: PORT, timeout: TIMEOUT_MS });
    let received = Buffer.alloc(0);
    const finish = (answer: Uint8Array | undefined): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    };
    const timer = setTimeout(finish, TIMEOUT_MS, undefined);
    socket.once("error", () => finish(undefined));
    socket.once("close", () => finish(undefined));
    socket.once("connect", () => socket.write(withLength(query)));
    socket.on("data", (chunk) => {
      received = Buffer.concat([received, chunk]);
      const length = received.length < 2 ? undefined : received.readUInt16BE(0);
      if (length !== undefined && received.length >= length + 2) finish(received.subarray(2, length + 2));
    });
  });
}

export function withLength(message: Uint8Array): Buffer {
  const framed = Buffer.alloc(message.length + 2);
  framed.writeUInt16BE(message.length, 0);
  framed.set(message, 2);
  return framed;
}

function sameId(a: Uint8Array, b: Uint8Array): boolean {
  return a.length >= HEADER_BYTES && a[0] === b[0] && a[1] === b[1];
}
