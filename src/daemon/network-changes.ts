// This host's network is another one: sockets, sessions and paths are void until they answered again.
import type { NetworkChange } from "../host/network-watch.ts";
import type { NodeParts } from "./node-parts.ts";

/** Resolves when the sockets are bound anew; rejects if they cannot be. */
export async function adoptNetwork(parts: NodeParts, { moved }: NetworkChange, isClosed: () => boolean): Promise<void> {
  const { engine, control, endpoints, portMappings, offeredRelay, mappingLifetimes, netchecker, relays, peers } = parts;
  control.networkChanged(moved);
  const bound = engine.rebind();
  relays.networkChanged();
  peers.networkChanged();
  mappingLifetimes.networkChanged();
  netchecker.networkChanged();
  await bound;
  if (isClosed()) return;
  // The port of before is taken again where it can be; where it cannot, the candidates change.
  endpoints.gather();
  portMappings.networkChanged();
  offeredRelay.networkChanged();
}
