// What the engine tells us, as a union: the addon hands over flat objects whose set fields depend on `type` (native/index.d.ts); here
// they are checked once, so that the rest of the program switches on complete variants.
import type { EngineEvent as RawEngineEvent } from "../../native/index.d.ts";

export type EngineEvent =
  | { readonly type: "stun"; readonly address: string; readonly socket?: number; readonly data: Uint8Array }
  | { readonly type: "relay-control"; readonly address: string; readonly data: Uint8Array }
  | { readonly type: "disco"; readonly peer: number; readonly via: DatagramSource; readonly data: Uint8Array }
  | { readonly type: "peer-active"; readonly peer: number; readonly reason: "outbound" | "inbound" }
  | { readonly type: "peer-idle"; readonly peer: number }
  | { readonly type: "connected"; readonly peer: number; readonly cipher: string; readonly kx: string }
  | { readonly type: "disconnected"; readonly peer: number; readonly reason: string }
  | {
      readonly type: "path-changed";
      readonly peer: number;
      /** Undefined: no path is usable. */
      readonly path: number | undefined;
      readonly reason: PathChangeReason;
    }
  | { readonly type: "path-alive"; readonly peer: number; readonly path: number; readonly rttMs: number }
  | { readonly type: "path-dead"; readonly peer: number; readonly path: number }
  | { readonly type: "source-seen"; readonly peer: number; readonly address: string; readonly socket?: number }
  | { readonly type: "relay-transmit"; readonly relay: number }
  | { readonly type: "tun-closed"; readonly reason: string }
  | { readonly type: "fatal"; readonly reason: string };

/** Where a datagram came from: an address, or a peer through a relay session. */
export type DatagramSource =
  | { readonly kind: "address"; readonly address: string; readonly socket?: number }
  | { readonly kind: "relay"; readonly relay: number };

export type PathChangeReason = "rank" | "dead" | "alive" | "first";

/** Undefined for an event that lacks a field its type promises: a fault of the addon that must not take the daemon down. */
export function narrowEvent(raw: RawEngineEvent): EngineEvent | undefined {
  const { peer, path, address, reason } = raw;
  switch (raw.type) {
    case "datagram":
      return narrowDatagram(raw);
    case "relay-transmit":
      return raw.relay === undefined ? undefined : { type: "relay-transmit", relay: raw.relay };
    case "tun-closed":
      return { type: "tun-closed", reason: reason ?? "" };
    case "fatal":
      return { type: "fatal", reason: reason ?? "unknown reason" };
    case "path-changed":
      if (peer === undefined) return undefined;
      return { type: "path-changed", peer, path, reason: pathChangeReason(reason) };
    case "connected":
      if (peer === undefined) return undefined;
      return { type: "connected", peer, cipher: raw.cipher ?? "", kx: raw.kx ?? "" };
    case "disconnected":
      return peer === undefined ? undefined : { type: "disconnected", peer, reason: reason ?? "" };
    case "peer-active":
      if (peer === undefined) return undefined;
      return { type: "peer-active", peer, reason: reason === "inbound" ? "inbound" : "outbound" };
    case "peer-idle":
      return peer === undefined ? undefined : { type: "peer-idle", peer };
    case "path-alive":
      if (peer === undefined || path === undefined) return undefined;
      return { type: "path-alive", peer, path, rttMs: raw.rttMs ?? 0 };
    case "path-dead":
      return peer === undefined || path === undefined ? undefined : { type: "path-dead", peer, path };
    case "source-seen":
      return peer === undefined || address === undefined
        ? undefined
        : { type: "source-seen", peer, address, ...bySocket(raw) };
    default:
      raw.type satisfies never;
      return undefined;
  }
}

function narrowDatagram(raw: RawEngineEvent): EngineEvent | undefined {
  const { kind, data, address, peer, relay } = raw;
  if (data === undefined) return undefined;
  if (kind === "disco") {
    if (peer === undefined) return undefined;
    if (relay !== undefined) return { type: "disco", peer, via: { kind: "relay", relay }, data };
    if (address === undefined) return undefined;
    return { type: "disco", peer, via: { kind: "address", address, ...bySocket(raw) }, data };
  }
  if (address === undefined) return undefined;
  if (kind === "stun") return { type: "stun", address, data, ...bySocket(raw) };
  if (kind === "relay-control") return { type: "relay-control", address, data };
  return undefined;
}

/** One of the extra sockets; absent for the main pair. */
function bySocket({ socket }: RawEngineEvent): { readonly socket?: number } {
  return socket === undefined ? {} : { socket };
}

function pathChangeReason(reason: string | undefined): PathChangeReason {
  return reason === "rank" || reason === "dead" || reason === "alive" ? reason : "first";
}
