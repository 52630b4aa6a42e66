import type { MeshEntry, NetmapEntry, PeerEntry, PresenceEntry, RelayEntry, SelfEntry } from "../protocol/messages.ts";
import type { NodeKey } from "../protocol/node-key.ts";
import type { NetmapState } from "./state.ts";

/** What a netmap says, for those who act on it. */
export interface NetmapView {
  readonly epoch: number;
  readonly version: number;
  readonly mesh: MeshEntry | undefined;
  readonly self: SelfEntry | undefined;
  readonly peers: ReadonlyMap<NodeKey, NetmapPeer>;
  /** By name. */
  readonly relays: ReadonlyMap<string, RelayEntry>;
  /** Entries that cannot be used, and why. */
  readonly problems: readonly { readonly name: string; readonly problem: string }[];
}

/** A peer and, once it was ever online, where it may be found. */
export interface NetmapPeer extends PeerEntry {
  readonly presence: PresenceEntry | undefined;
}

export function viewOf(state: NetmapState): NetmapView {
  const only = <Kind extends NetmapEntry["kind"]>(name: string, kind: Kind) => {
    const entry = state.entries.get(name)?.entry;
    return entry?.kind === kind ? (entry as Extract<NetmapEntry, { kind: Kind }>) : undefined;
  };
  const peers = new Map<NodeKey, NetmapPeer>();
  const relays = new Map<string, RelayEntry>();
  const problems: { name: string; problem: string }[] = [];
  for (const [name, { entry, problem }] of state.entries) {
    if (problem !== undefined) problems.push({ name, problem });
    if (entry?.kind === "peer") {
      peers.set(entry.nodeKey, { ...entry, presence: only(`presence/${entry.nodeKey}`, "presence") });
    }
    if (entry?.kind === "relay") relays.set(entry.relay, entry);
  }
  const { epoch, version } = state.header;
  return { epoch, version, mesh: only("mesh", "mesh"), self: only("self", "self"), peers, relays, problems };
}
