// PCP (RFC 6887) as far as one UDP mapping needs it: MAP requests (§11.1), MAP answers and ANNOUNCE (§14.1). Numbers are in network
// byte order; addresses always take 16 bytes, IPv4 as ::ffff:a.b.c.d (§5).
import { formatIp, ipBytes, unmapIpv4 } from "../../protocol/address.ts";

/** §19.3: of servers; clients and their announcements use 5350. */
export const PCP_PORT = 5351;
export const PCP_NONCE_BYTES = 12;

const VERSION = 2;
const RESPONSE_BIT = 0x80;
const OPCODE_ANNOUNCE = 0;
const OPCODE_MAP = 1;
const PROTOCOL_UDP = 17;
const HEADER_BYTES = 24;
const MAP_BYTES = 36;
/** §7: "no more than 1100 octets", and a multiple of four. */
const MAX_BYTES = 1100;

/** §7.4, in the order of their numbers. */
const RESULTS = [
  "SUCCESS",
  "UNSUPP_VERSION",
  "NOT_AUTHORIZED",
  "MALFORMED_REQUEST",
  "UNSUPP_OPCODE",
  "UNSUPP_OPTION",
  "MALFORMED_OPTION",
  "NETWORK_FAILURE",
  "NO_RESOURCES",
  "UNSUPP_PROTOCOL",
  "USER_EX_QUOTA",
  "CANNOT_PROVIDE_EXTERNAL",
  "ADDRESS_MISMATCH",
  "EXCESSIVE_REMOTE_PEERS",
] as const;
export type PcpResult = (typeof RESULTS)[number] | "UNKNOWN_RESULT";

export interface MapRequest {
  /** Of this host, as the router sees it: another one is ADDRESS_MISMATCH (§8.1). */
  readonly clientIp: string;
  readonly nonce: Uint8Array;
  readonly internalPort: number;
  /** 0: no wish. */
  readonly suggestedPort: number;
  /** Undefined: no wish. */
  readonly suggestedIp: string | undefined;
  /** 0 deletes the mapping (§15.1). */
  readonly lifetimeSeconds: number;
}

export type PcpResponse =
  | { readonly kind: "announce"; readonly epochSeconds: number }
  | {
      readonly kind: "map";
      readonly result: PcpResult;
      /** Of the mapping, or for how long the error will last (§7.2). */
      readonly lifetimeSeconds: number;
      readonly epochSeconds: number;
      readonly nonce: Uint8Array;
      readonly internalPort: number;
      readonly externalPort: number;
      readonly externalIp: string;
    }
  /** The server speaks another version: NAT-PMP servers answer with their version 0 (RFC 6887 §9, RFC 6886 §3.5). */
  | { readonly kind: "other-version" };

export function encodeMapRequest(request: MapRequest): Uint8Array {
  const datagram = new Uint8Array(HEADER_BYTES + MAP_BYTES);
  const view = new DataView(datagram.buffer);
  datagram[0] = VERSION;
  datagram[1] = OPCODE_MAP;
  view.setUint32(4, request.lifetimeSeconds);
  datagram.set(wideBytes(request.clientIp), 8);
  datagram.set(request.nonce, HEADER_BYTES);
  datagram[HEADER_BYTES + 12] = PROTOCOL_UDP;
  view.setUint16(HEADER_BYTES + 16, request.internalPort);
  view.setUint16(HEADER_BYTES + 18, request.suggestedPort);
  // §11.1: no wish is the family's unspecified address.
  const unspecified = request.clientIp.includes(":") ? "::" : "0.0.0.0";
  datagram.set(wideBytes(request.suggestedIp ?? unspecified), HEADER_BYTES + 20);
  return datagram;
}

/** Undefined for what is no answer to us. */
export function decodePcpResponse(datagram: Uint8Array): PcpResponse | undefined {
  const [version, opcode] = datagram;
  if (version === undefined || opcode === undefined || datagram.length > MAX_BYTES) return undefined;
  if (opcode < RESPONSE_BIT) return undefined;
  const view = new DataView(datagram.buffer, datagram.byteOffset, datagram.length);
  if (version !== VERSION) return isVersionRefusal(view) ? { kind: "other-version" } : undefined;
  if (datagram.length < HEADER_BYTES || datagram.length % 4 !== 0) return undefined;
  const epochSeconds = view.getUint32(8);
  const result = RESULTS[datagram[3] ?? 0] ?? "UNKNOWN_RESULT";
  if (opcode === (RESPONSE_BIT | OPCODE_ANNOUNCE)) {
    return result === "SUCCESS" ? { kind: "announce", epochSeconds } : undefined;
  }
  if (opcode !== (RESPONSE_BIT | OPCODE_MAP)) return undefined;
  if (result === "UNSUPP_VERSION") return { kind: "other-version" };
  if (datagram.length < HEADER_BYTES + MAP_BYTES || datagram[HEADER_BYTES + 12] !== PROTOCOL_UDP) return undefined;
  return {
    kind: "map",
    result,
    lifetimeSeconds: view.getUint32(4),
    epochSeconds,
    nonce: datagram.slice(HEADER_BYTES, HEADER_BYTES + PCP_NONCE_BYTES),
    internalPort: view.getUint16(HEADER_BYTES + 16),
    externalPort: view.getUint16(HEADER_BYTES + 18),
    externalIp: unmapIpv4(formatIp(datagram.slice(HEADER_BYTES + 20, HEADER_BYTES + MAP_BYTES))),
  };
}

/** A NAT-PMP server's answer to version 2: version 0, result 1 (RFC 6886 §3.5), 8 bytes; any other version, result 1. */
function isVersionRefusal(view: DataView): boolean {
  return view.byteLength >= 8 && view.getUint16(2) === 1;
}

function wideBytes(ip: string): Uint8Array {
  const bytes = ipBytes(ip);
  return bytes.length === 16 ? bytes : Uint8Array.from([...new Uint8Array(10), 0xff, 0xff, ...bytes]);
}
