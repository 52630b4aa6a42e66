// The part of STUN a node needs (RFC 8489): a bare binding request, and the reflexive address out of a success response.
// Responses are unauthenticated bytes from anywhere; whatever is not exactly well-formed yields undefined.
import { formatIp, formatSocketAddress, type SocketAddress } from "../protocol/address.ts";

export const STUN_TRANSACTION_ID_BYTES = 12;

const HEADER_BYTES = 20;
const MAGIC_COOKIE = 0x2112a442;
const BINDING_REQUEST = 0x0001;
const BINDING_SUCCESS = 0x0101;
const MAPPED_ADDRESS = 0x0001;
const XOR_MAPPED_ADDRESS = 0x0020;
/** RFC 8489 §14: types below this must be understood, or the message is discarded. */
const FIRST_COMPREHENSION_OPTIONAL = 0x8000;
const FAMILY_IPV4 = 1;
const FAMILY_IPV6 = 2;

export interface BindingResponse {
  readonly transactionId: Uint8Array;
  readonly mapped: SocketAddress;
}

export function encodeBindingRequest(transactionId: Uint8Array): Uint8Array {
  const datagram = new Uint8Array(HEADER_BYTES);
  const view = new DataView(datagram.buffer);
  view.setUint16(0, BINDING_REQUEST);
  view.setUint32(4, MAGIC_COOKIE);
  datagram.set(transactionId, HEADER_BYTES - STUN_TRANSACTION_ID_BYTES);
  return datagram;
}

/** Undefined for anything but a binding success response with an XOR-MAPPED-ADDRESS (§14.2). */
export function decodeBindingResponse(datagram: Uint8Array): BindingResponse | undefined {
  if (datagram.length < HEADER_BYTES) return undefined;
  const view = new DataView(datagram.buffer, datagram.byteOffset, datagram.length);
  // §5: the length excludes the header and is a multiple of four; over UDP the message is the whole datagram.
  const fits = view.getUint16(2) === datagram.length - HEADER_BYTES && datagram.length % 4 === 0;
  if (view.getUint16(0) !== BINDING_SUCCESS || view.getUint32(4) !== MAGIC_COOKIE || !fits) return undefined;
  let mapped: SocketAddress | undefined;
  let offset = HEADER_BYTES;
  while (offset < datagram.length) {
    const type = view.getUint16(offset);
    const length = view.getUint16(offset + 2);
    const end = offset + 4 + length;
    if (end > datagram.length) return undefined;
    if (type === XOR_MAPPED_ADDRESS) {
      // §14: of an attribute that appears twice only the first counts.
      mapped ??= decodeXorMappedAddress(datagram.subarray(offset + 4, end), datagram.subarray(4, HEADER_BYTES));
      if (mapped === undefined) return undefined;
    } else if (type < FIRST_COMPREHENSION_OPTIONAL && type !== MAPPED_ADDRESS) {
      return undefined;
    }
    offset = end + ((4 - (length % 4)) % 4);
  }
  return mapped && { transactionId: datagram.slice(HEADER_BYTES - STUN_TRANSACTION_ID_BYTES, HEADER_BYTES), mapped };
}

/** `mask` is the magic cookie and the transaction id: the address is hidden by them from NATs that rewrite what looks like one. */
function decodeXorMappedAddress(value: Uint8Array, mask: Uint8Array): SocketAddress | undefined {
  const addressBytes = value[1] === FAMILY_IPV4 ? 4 : value[1] === FAMILY_IPV6 ? 16 : undefined;
  if (addressBytes === undefined || value.length !== 4 + addressBytes) return undefined;
  const plain = value.subarray(4).map((byte, i) => byte ^ (mask[i] ?? 0));
  const view = new DataView(value.buffer, value.byteOffset, value.length);
  const port = view.getUint16(2) ^ (MAGIC_COOKIE >>> 16);
  return port === 0 ? undefined : formatSocketAddress(formatIp(plain), port);
}
