// NAT-PMP (RFC 6886): the external address (§3.2) and a mapping of one UDP port (§3.3). Integers in network byte order.
import { formatIp } from "../../protocol/address.ts";

const VERSION = 0;
const RESPONSE_BIT = 0x80;
const OPCODE_ADDRESS = 0;
const OPCODE_MAP_UDP = 1;
const ADDRESS_RESPONSE_BYTES = 12;
const MAP_RESPONSE_BYTES = 16;

/** §3.5, in the order of their numbers. */
const RESULTS = [
  "success",
  "unsupported version",
  "not authorized",
  "network failure",
  "out of resources",
  "unsupported opcode",
] as const;
export type NatPmpResult = (typeof RESULTS)[number] | "unknown result";

export type NatPmpResponse =
  | {
      readonly kind: "address";
      readonly result: NatPmpResult;
      readonly epochSeconds: number;
      readonly externalIp: string;
    }
  | {
      readonly kind: "map";
      readonly result: NatPmpResult;
      readonly epochSeconds: number;
      readonly internalPort: number;
      readonly externalPort: number;
      readonly lifetimeSeconds: number;
    };

export function encodeAddressRequest(): Uint8Array {
  return Uint8Array.from([VERSION, OPCODE_ADDRESS]);
}

/** A lifetime of 0 deletes the mapping; the suggested port must then be 0 as well (§3.4). */
export function encodeUdpMapRequest(internalPort: number, suggestedPort: number, lifetimeSeconds: number): Uint8Array {
  const datagram = new Uint8Array(12);
  const view = new DataView(datagram.buffer);
  datagram[0] = VERSION;
  datagram[1] = OPCODE_MAP_UDP;
  view.setUint16(4, internalPort);
  view.setUint16(6, suggestedPort);
  view.setUint32(8, lifetimeSeconds);
  return datagram;
}

/** Undefined for what is no answer to us. */
export function decodeNatPmpResponse(datagram: Uint8Array): NatPmpResponse | undefined {
  if (datagram.length < 8 || datagram.length > MAP_RESPONSE_BYTES || datagram[0] !== VERSION) return undefined;
  const view = new DataView(datagram.buffer, datagram.byteOffset, datagram.length);
  const result = RESULTS[view.getUint16(2)] ?? "unknown result";
  const epochSeconds = view.getUint32(4);
  const opcode = datagram[1];
  // Errors may come without the fields that nobody could read (§3.5).
  const whole = (length: number): boolean => datagram.length === length;
  if (opcode === (RESPONSE_BIT | OPCODE_ADDRESS)) {
    if (!whole(ADDRESS_RESPONSE_BYTES) && result === "success") return undefined;
    const externalIp = whole(ADDRESS_RESPONSE_BYTES) ? formatIp(datagram.slice(8, 12)) : "0.0.0.0";
    return { kind: "address", result, epochSeconds, externalIp };
  }
  if (opcode !== (RESPONSE_BIT | OPCODE_MAP_UDP) || !whole(MAP_RESPONSE_BYTES)) return undefined;
  return {
    kind: "map",
    result,
    epochSeconds,
    internalPort: view.getUint16(8),
    externalPort: view.getUint16(10),
    lifetimeSeconds: view.getUint32(12),
  };
}
