// Gathers what `meshd status` shows: of the running node, if there is one, else of what is on disk.
import { hostname as hostName } from "node:os";
import { nodeKeyOf } from "../identity/index.ts";
import type { NodeState, NodeStatus } from "../local-api/node-api.ts";
import type { NetmapView } from "../netmap/index.ts";
import type { RunningNode } from "./running-node.ts";
import { buildStatus, NO_STATS } from "./status.ts";
import type { StoredState } from "./stored-state.ts";

export interface NodeSituation {
  readonly version: string;
  readonly state: NodeState;
  readonly node: RunningNode | undefined;
  readonly stored: StoredState;
  /** Of the last node, while none runs. */
  readonly lastView: NetmapView | undefined;
  /** Why no node runs although one should. */
  readonly problem: string | undefined;
}

export async function statusOf({
  version,
  state,
  node,
  stored,
  lastView,
  problem,
}: NodeSituation): Promise<NodeStatus> {
  const stats = (await node?.stats().catch(() => undefined)) ?? NO_STATS;
  const peers = new Map(Array.from(node?.peers.all() ?? [], (peer) => [peer.key, peer]));
  return buildStatus({
    ...{ version, state, stats },
    key: nodeKeyOf(stored.identity.node),
    hostname: stored.settings.hostname ?? hostName(),
    view: node?.view ?? lastView,
    endpoints: node?.endpoints.candidates.map(({ address }) => address) ?? [],
    homeRelay: node?.relays.home ?? "",
    offeredRelay: await node?.offeredRelay.status(),
    coordinator: node?.control.coordinator ?? (node?.mesh ?? stored.mesh)?.coordinators[0],
    connected: node?.control.connected ?? false,
    health: node?.health ?? (problem === undefined ? [] : [problem]),
    peer: (key) => peers.get(key),
    relay: (handle) => node?.relays.accessOf(handle),
  });
}
