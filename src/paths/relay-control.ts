// Relay control datagrams as a node sends and reads them (docs/protocol.md, "Relay"). What arrives passed no check but that it
// came from a relay's address; whatever is not exactly well-formed yields undefined.
import { concat } from "../identity/index.ts";
import { formatIp, formatSocketAddress, type SocketAddress, unmapIpv4 } from "../protocol/address.ts";
import { ProtocolViolation } from "../protocol/errors.ts";
import type { RelayAccepted, RelayRegister } from "../protocol/messages.ts";
import { decodeRelayAccepted, encodeRelayRegister } from "../protocol/relay-codec.ts";

export const RELAY_NONCE_BYTES = 16;

const RELAY_CONTROL = 17;
const [HELLO, COOKIE, REGISTER, ACCEPTED, PING, PONG, UNKNOWN_SESSION] = [1, 2, 3, 4, 5, 6, 7];
/** No smaller than what is answered: a relay is of no use to who forges source addresses. */
const HELLO_BYTES = 96;
const PING_BYTES = 32;
const COOKIE_BYTES = 16;

export type FromRelay =
  | { readonly kind: "cookie"; readonly nonce: Uint8Array; readonly cookie: Uint8Array }
  | { readonly kind: "accepted"; readonly nonce: Uint8Array; readonly accepted: RelayAccepted }
  | {
      readonly kind: "pong";
      readonly session: number;
      readonly sequence: bigint;
      /** Our address as the relay sees it. */
      readonly observed: SocketAddress;
    }
  | { readonly kind: "unknown-session"; readonly session: number };

export function encodeRelayHello(nonce: Uint8Array): Uint8Array {
  const datagram = new Uint8Array(HELLO_BYTES);
  datagram.set([RELAY_CONTROL, HELLO]);
  datagram.set(nonce, 2);
  return datagram;
}

export function encodeRelayRegistration(nonce: Uint8Array, cookie: Uint8Array, register: RelayRegister): Uint8Array {
  return concat([Uint8Array.of(RELAY_CONTROL, REGISTER), nonce, cookie, encodeRelayRegister(register)]);
}

export function encodeRelayPing(session: number, sequence: bigint): Uint8Array {
  const datagram = new Uint8Array(PING_BYTES);
  datagram.set([RELAY_CONTROL, PING]);
  const view = new DataView(datagram.buffer);
  view.setUint32(2, session);
  view.setBigUint64(6, sequence);
  return datagram;
}

export function decodeFromRelay(datagram: Uint8Array): FromRelay | undefined {
  if (datagram[0] !== RELAY_CONTROL) return undefined;
  const body = datagram.subarray(2);
  switch (datagram[1]) {
    case COOKIE:
      if (body.length !== RELAY_NONCE_BYTES + COOKIE_BYTES) return undefined;
      return { kind: "cookie", nonce: body.slice(0, RELAY_NONCE_BYTES), cookie: body.slice(RELAY_NONCE_BYTES) };
    case ACCEPTED:
      return decodeAccepted(body);
    case PONG:
      return body.length === PING_BYTES - 2 ? decodePong(body) : undefined;
    case UNKNOWN_SESSION:
      return body.length === 4 ? { kind: "unknown-session", session: viewOf(body).getUint32(0) } : undefined;
    default:
      return undefined;
  }
}

function decodeAccepted(body: Uint8Array): FromRelay | undefined {
  if (body.length < RELAY_NONCE_BYTES) return undefined;
  try {
    const accepted = decodeRelayAccepted(body.subarray(RELAY_NONCE_BYTES));
    return { kind: "accepted", nonce: body.slice(0, RELAY_NONCE_BYTES), accepted };
  } catch (error) {
    if (error instanceof ProtocolViolation) return undefined;
    throw error;
  }
}

function decodePong(body: Uint8Array): FromRelay | undefined {
  const view = viewOf(body);
  const port = view.getUint16(12);
  if (port === 0) return undefined;
  const observed = formatSocketAddress(unmapIpv4(formatIp(body.subarray(14))), port);
  return { kind: "pong", session: view.getUint32(0), sequence: view.getBigUint64(4), observed };
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
