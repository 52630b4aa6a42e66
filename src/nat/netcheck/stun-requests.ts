// STUN requests that ask for an answer from elsewhere (RFC 5780), and what comes back. docs/protocol.md says what the mesh's servers
// serve of it.
import { decodeBindingResponse, encodeBindingRequest, STUN_TRANSACTION_ID_BYTES } from "../stun.ts";
import type { SocketAddress } from "../../protocol/address.ts";

const HEADER_BYTES = 20;
const BINDING_REQUEST = 0x0001;
const BINDING_ERROR = 0x0111;
const MAGIC_COOKIE = 0x2112a442;
const CHANGE_REQUEST = 0x0003;
const CHANGE_PORT = 0x2;
const RESPONSE_PORT = 0x0027;
const SOFTWARE = 0x8022;
const WISH_BYTES = 8;
/** Makes a request as large as an answer with an IPv6 address, since a server sends no more than that to a port that did not ask. */
const SOFTWARE_BYTES = 16;

/** What a request asks for besides an answer. */
export type StunWish =
  | { readonly kind: "plain" }
  /** From another port of the server. */
  | { readonly kind: "change-port" }
  /** To another port of ours. */
  | { readonly kind: "response-port"; readonly port: number };

export type StunMessage =
  | { readonly kind: "success"; readonly transactionId: Uint8Array; readonly mapped: SocketAddress }
  | { readonly kind: "error"; readonly transactionId: Uint8Array }
  /** Our own request, come back by hairpinning. */
  | { readonly kind: "request"; readonly transactionId: Uint8Array };

export function encodeRequest(transactionId: Uint8Array, wish: StunWish): Uint8Array {
  const plain = encodeBindingRequest(transactionId);
  if (wish.kind === "plain") return plain;
  const isPortWish = wish.kind === "response-port";
  const datagram = new Uint8Array(HEADER_BYTES + WISH_BYTES + (isPortWish ? SOFTWARE_BYTES : 0));
  datagram.set(plain);
  const view = new DataView(datagram.buffer);
  view.setUint16(2, datagram.length - HEADER_BYTES);
  view.setUint16(HEADER_BYTES, isPortWish ? RESPONSE_PORT : CHANGE_REQUEST);
  view.setUint16(HEADER_BYTES + 2, WISH_BYTES - 4);
  if (!isPortWish) {
    view.setUint32(HEADER_BYTES + 4, CHANGE_PORT);
    return datagram;
  }
  // §7.5: the port, and two bytes of padding.
  view.setUint16(HEADER_BYTES + 4, wish.port);
  view.setUint16(HEADER_BYTES + WISH_BYTES, SOFTWARE);
  view.setUint16(HEADER_BYTES + WISH_BYTES + 2, SOFTWARE_BYTES - 4);
  datagram.set(Buffer.from("meshd client"), HEADER_BYTES + WISH_BYTES + 4);
  return datagram;
}

/** Undefined for what is no message of these kinds. Of an error only its being one counts. */
export function decodeMessage(datagram: Uint8Array): StunMessage | undefined {
  const success = decodeBindingResponse(datagram);
  if (success !== undefined) return { kind: "success", ...success };
  if (datagram.length < HEADER_BYTES) return undefined;
  const view = new DataView(datagram.buffer, datagram.byteOffset, datagram.length);
  const fits = view.getUint16(2) === datagram.length - HEADER_BYTES && datagram.length % 4 === 0;
  if (view.getUint32(4) !== MAGIC_COOKIE || !fits) return undefined;
  const transactionId = datagram.slice(HEADER_BYTES - STUN_TRANSACTION_ID_BYTES, HEADER_BYTES);
  const type = view.getUint16(0);
  if (type === BINDING_ERROR) return { kind: "error", transactionId };
  return type === BINDING_REQUEST ? { kind: "request", transactionId } : undefined;
}
