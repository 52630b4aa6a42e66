// Where a peer is probed: its address, seen from one of our sockets. Behind a NAT that maps per destination another socket of ours
// is another way to the same address, so the two together name a way.
import type { SocketAddress } from "../protocol/address.ts";

export interface Remote {
  readonly address: SocketAddress;
  /** One of the engine's extra sockets; absent for its main pair. */
  readonly socket?: number;
}

declare const remoteKeyBrand: unique symbol;

/** Equal for equal remotes; for those of the main pair it is the address. */
export type RemoteKey = SocketAddress | (string & { readonly [remoteKeyBrand]: true });

export function remoteKey({ address, socket }: Remote): RemoteKey {
  return socket === undefined ? address : (`${address} by socket ${String(socket)}` as RemoteKey);
}

export function remoteOf({ address, socket }: Remote): Remote {
  return socket === undefined ? { address } : { address, socket };
}
