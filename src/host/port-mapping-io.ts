// Sockets and HTTP for the port mapper (src/nat/port-mapping). Not the engine's socket: what is mapped is its port, whoever asks.
//
// One UDP socket talks to the gateway and hears SSDP's answers; another hears the announcements that PCP and NAT-PMP servers send to all
// hosts after a restart, where its port can be had. HTTP goes to the gateway alone, without redirections, within limits of time
// and size. Errors of any kind are an answer that does not come.
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { request } from "node:http";
import {
  type DatagramSource,
  type Gateway,
  type GatewayRequest,
  type GatewayResponse,
  MAX_XML_BYTES,
  type PortMappingTransmit,
} from "../nat/port-mapping/index.ts";
import { parseIp } from "../protocol/address.ts";
import { unzoned, zoned } from "./gateway.ts";

export interface PortMappingIo {
  send(transmit: PortMappingTransmit): void;
  close(): void;
}

export interface PortMappingIoEvents {
  readonly onDatagram: (datagram: Uint8Array, from: DatagramSource) => void;
  /** Undefined: nothing that counts came back. */
  readonly onHttpResponse: (id: number, response: GatewayResponse | undefined) => void;
}

const HTTP_TIMEOUT_MS = 4000;
const MAX_HEADER_BYTES = 8192;
const SSDP_GROUP = "239.255.255.250";
/** RFC 6886 §3.2.1, RFC 6887 §14.1.1: where and on which port servers announce themselves. */
const ALL_HOSTS = "224.0.0.1";
const ANNOUNCEMENT_PORT = 5350;

export function openPortMappingIo(gateway: Gateway, events: PortMappingIoEvents): PortMappingIo {
  const abort = new AbortController();
  const asking = openSocket(gateway, { port: 0, address: gateway.localIp }, events, (socket) => {
    if (gateway.family === 4) socket.setMulticastInterface(gateway.localIp);
  });
  const listening = gateway.family === 4 ? [openListener(gateway, events)] : [];
  return {
    send: (transmit) => {
      if (transmit.kind === "http") {
        void fetchFrom(gateway, transmit, abort.signal).then((response) => {
          if (!abort.signal.aborted) events.onHttpResponse(transmit.id, response);
        });
        return;
      }
      const to = transmit.to === "ssdp" ? SSDP_GROUP : zoned(gateway.ip, gateway.interfaceName);
      asking.send(transmit.data, transmit.port, to, ignore);
    },
    close: () => {
      abort.abort();
      for (const socket of [asking, ...listening]) socket.close();
    },
  };
}

function openSocket(
  gateway: Gateway,
  bind: { readonly port: number; readonly address: string; readonly exclusive?: boolean },
  events: PortMappingIoEvents,
  onBound: (socket: Socket) => void,
): Socket {
  const type = gateway.family === 4 ? "udp4" : "udp6";
  const socket = createSocket({ type, reuseAddr: bind.port !== 0, ipv6Only: type === "udp6" });
  // Among them: the address is gone, the port is taken, nobody listens at the gateway.
  socket.on("error", ignore);
  socket.on("message", (data: Buffer, from: RemoteInfo) => {
    const ip = parseIp(unzoned(from.address));
    if (ip !== undefined) events.onDatagram(data, { ip, port: from.port });
  });
  socket.bind(bind, () => {
    try {
      onBound(socket);
    } catch {
      // A link without multicast has no announcements.
    }
  });
  socket.unref();
  return socket;
}

function openListener(gateway: Gateway, events: PortMappingIoEvents): Socket {
  return openSocket(gateway, { port: ANNOUNCEMENT_PORT, address: ALL_HOSTS }, events, (socket) => {
    socket.addMembership(ALL_HOSTS, gateway.localIp);
  });
}

function fetchFrom(
  gateway: Gateway,
  { method, port, path, headers, body }: GatewayRequest,
  signal: AbortSignal,
): Promise<GatewayResponse | undefined> {
  return new Promise((resolve) => {
    const give = (): void => {
      resolve(undefined);
    };
    const outgoing = request(
      {
        host: gateway.ip,
        localAddress: gateway.localIp,
        port,
        path,
        method,
        headers: { ...headers, "content-length": Buffer.byteLength(body), connection: "close" },
        agent: false,
        maxHeaderSize: MAX_HEADER_BYTES,
        signal: AbortSignal.any([signal, AbortSignal.timeout(HTTP_TIMEOUT_MS)]),
      },
      (incoming) => {
        const chunks: Buffer[] = [];
        let length = 0;
        incoming.on("data", (chunk: Buffer) => {
          length += chunk.length;
          chunks.push(chunk);
          if (length > MAX_XML_BYTES) incoming.destroy();
        });
        incoming.on("end", () => {
          resolve({ status: incoming.statusCode ?? 0, body: Buffer.concat(chunks).toString("utf8") });
        });
        incoming.on("close", give);
        incoming.on("error", give);
      },
    );
    outgoing.on("error", give);
    outgoing.end(body);
  });
}

function ignore(): void {
  // Nothing to do: the machine asks again, or gives up.
}
