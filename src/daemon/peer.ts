// One peer of the netmap: its handle in the engine, its path machine, and what is known of it.
import type { PairSecrets } from "../identity/index.ts";
import type { NetmapPeer } from "../netmap/index.ts";
import type { PeerPaths } from "../paths/peer-paths.ts";
import type { PeerPath } from "../paths/index.ts";
import type { NodeKey } from "../protocol/node-key.ts";
import type { Milliseconds } from "../protocol/units.ts";
import type { Driven } from "./driver.ts";

export interface Peer {
  readonly key: NodeKey;
  /** In the engine. */
  readonly handle: number;
  readonly secrets: PairSecrets;
  readonly paths: PeerPaths;
  readonly machine: Driven;
  entry: NetmapPeer;
  /** As last given to the engine, best first, and those before: their ids still occur in statistics. */
  published: readonly PeerPath[];
  readonly pathById: Map<number, PeerPath>;
  active: boolean;
  /** Until then it has told, by the coordinator, that it wants to be met. */
  invitedUntil: Milliseconds;
}

/** Ids of paths that are gone are remembered for late statistics, up to this many. */
const MAX_KNOWN_PATHS = 64;

export function publishPaths(peer: Peer, paths: readonly PeerPath[]): void {
  peer.published = paths;
  for (const path of paths) {
    peer.pathById.delete(path.id);
    peer.pathById.set(path.id, path);
  }
  for (const id of peer.pathById.keys()) {
    if (peer.pathById.size <= MAX_KNOWN_PATHS) break;
    peer.pathById.delete(id);
  }
}

/** Absent stays absent. */
export function socketOf({ socket }: { readonly socket?: number }): { readonly socket?: number } {
  return socket === undefined ? {} : { socket };
}
