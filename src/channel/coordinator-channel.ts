// The way to a coordinator, for nodes and relays: WebTransport, and sealed inside it.
import type { HostPort } from "../protocol/address.ts";
import { connectAsNode, type OpenOptions, type SealedStream } from "./sealed-stream.ts";
import { connectWebTransport } from "./webtransport.ts";

/** `limits` hold for connecting, and again for the handshake. Rejects with ChannelError. */
export function openCoordinatorChannel(
  coordinator: HostPort,
  rootKey: Uint8Array,
  limits: OpenOptions,
): Promise<SealedStream> {
  return connectAsNode((opening) => connectWebTransport(coordinator, { ...limits, opening }), rootKey, limits);
}
