import type { Http2Session } from "node:http2";
import type { Socket } from "node:net";

/**
 * An HTTP/2 connection and how to be rid of it. `Http2Session.destroy()` is not enough: after `close()` it only ends the socket
 * in order, and before that it lets the write in flight finish; with an unreachable peer both take as long as TCP retransmits.
 */
export interface Connection {
  readonly http2: Http2Session;
  /** Now, whatever is in flight. */
  cut(): void;
}

/** A connection that has not opened its stream by then is cut. */
const OPENING_LIMIT_MS = 10_000;

interface Accepted {
  readonly socket: Socket;
  readonly timer: NodeJS.Timeout;
}

/**
 * The sockets under a server's TLS connections, which HTTP/2 sessions do not show; found by their other end's address. Cuts those
 * that do not come to the point, whatever they do instead (no TLS, no HTTP/2, no session, no stream).
 */
export class AcceptedConnections {
  readonly #accepted = new Map<string, Accepted>();

  add(socket: Socket): void {
    const key = keyOf(socket);
    const timer = setTimeout(() => socket.destroy(), OPENING_LIMIT_MS);
    this.#accepted.set(key, { socket, timer });
    socket.once("close", () => {
      clearTimeout(timer);
      if (this.#accepted.get(key)?.socket === socket) this.#accepted.delete(key);
    });
  }

  /** Its stream was opened: it may stay. */
  admit(http2: Http2Session): Connection {
    const accepted = this.#accepted.get(keyOf(http2.socket));
    clearTimeout(accepted?.timer);
    return {
      http2,
      cut() {
        accepted?.socket.destroy();
        http2.destroy();
      },
    };
  }

  cutAll(): void {
    for (const { socket } of this.#accepted.values()) socket.destroy();
  }
}

function keyOf({ remoteAddress, remotePort }: Pick<Socket, "remoteAddress" | "remotePort">): string {
  return `${remoteAddress} ${remotePort}`;
}
