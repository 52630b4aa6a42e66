// `meshd status`: what netmap, engine and control channel know, in the shape of src/local-api/node-api.ts.
import type { EngineStats, PathStats, PeerStats } from "../engine/index.ts";
import type {
  NodeState,
  NodeStatus,
  OfferedRelayStatus,
  PathStatus,
  PeerStatus,
  SelfStatus,
} from "../local-api/node-api.ts";
import type { NetmapPeer, NetmapView } from "../netmap/index.ts";
import type { PeerPath } from "../paths/index.ts";
import { formatHostPort, type HostPort } from "../protocol/address.ts";
import type { RelayAccess } from "./relay-handles.ts";
import { formatNodeKey, type NodeKey } from "../protocol/node-key.ts";

export interface StatusInput {
  readonly version: string;
  readonly state: NodeState;
  readonly key: NodeKey;
  /** Where the netmap gave no name yet. */
  readonly hostname: string;
  readonly view: NetmapView | undefined;
  readonly endpoints: readonly string[];
  readonly homeRelay: string;
  /** Undefined: this node offers none. */
  readonly offeredRelay?: OfferedRelayStatus | undefined;
  readonly coordinator: HostPort | undefined;
  readonly connected: boolean;
  readonly health: readonly string[];
  readonly stats: EngineStats;
  readonly peer: (key: NodeKey) => LivePeer | undefined;
  readonly relay: (handle: number) => RelayAccess | undefined;
}

/** A peer as the daemon runs it. */
export interface LivePeer {
  readonly handle: number;
  /** Best first. */
  readonly published: readonly PeerPath[];
  readonly pathById: ReadonlyMap<number, PeerPath>;
}

export const NO_STATS: EngineStats = { peers: [], drops: {} };

export function buildStatus(input: StatusInput): NodeStatus {
  const { version, state, view, coordinator, connected, health, stats } = input;
  const statsByHandle = new Map(stats.peers.map((peer) => [peer.peer, peer]));
  return {
    version,
    state,
    self: selfStatus(input),
    ...(coordinator === undefined
      ? {}
      : {
          coordinator: {
            url: `https://${formatHostPort(coordinator)}`,
            connected,
            netmapVersion: view?.version ?? 0,
          },
        }),
    health,
    drops: stats.drops,
    peers: [...(view?.peers.values() ?? [])].map((entry) => {
      const live = input.peer(entry.nodeKey);
      return peerStatus(entry, live, live && statsByHandle.get(live.handle), input);
    }),
  };
}

function selfStatus({ view, key, hostname, endpoints, homeRelay, offeredRelay }: StatusInput): SelfStatus {
  const name = view?.self?.hostname ?? hostname;
  return {
    name,
    dnsName: dnsName(name, view),
    key: formatNodeKey(key),
    ips: view?.self?.ips ?? [],
    tags: view?.self?.tags ?? [],
    endpoints,
    homeRelay,
    ...(offeredRelay === undefined ? {} : { offeredRelay }),
  };
}

function peerStatus(
  entry: NetmapPeer,
  live: LivePeer | undefined,
  stats: PeerStats | undefined,
  input: StatusInput,
): PeerStatus {
  const { presence } = entry;
  const known = (path: PathStats): PathStatus => pathStatus(path, live?.pathById.get(path.id), input.relay);
  const paths = stats?.paths ?? [];
  const inUse = stats?.connected === true ? paths.find((path) => path.active && path.alive) : undefined;
  const rank = new Map(live?.published.map((path, index) => [path.id, index]));
  const alive = paths.filter((path) => path.alive && rank.has(path.id));
  alive.sort((a, b) => (rank.get(a.id) ?? 0) - (rank.get(b.id) ?? 0));
  return {
    name: entry.hostname,
    dnsName: dnsName(entry.hostname, input.view),
    key: formatNodeKey(entry.nodeKey),
    ips: entry.ips,
    tags: entry.tags,
    online: presence?.online ?? false,
    ...(presence === undefined ? {} : { lastSeen: rfc3339(presence.lastSeenUnixMs) }),
    routes: entry.routes,
    path: inUse === undefined ? { kind: "none" } : known(inUse),
    paths: alive.map(known),
    ...(stats?.cipher === undefined ? {} : { tls: { cipher: stats.cipher, kx: stats.kx ?? "" } }),
    rxBytes: stats?.rxBytes ?? 0,
    txBytes: stats?.txBytes ?? 0,
    ...(stats?.lastHandshakeMs === undefined ? {} : { lastHandshake: rfc3339(stats.lastHandshakeMs) }),
  };
}

/** `path` is what the path machine meant by the id. */
export function pathStatus(
  stats: Pick<PathStats, "id"> & Partial<PathStats>,
  path: PeerPath | undefined,
  relayOf: StatusInput["relay"],
): PathStatus {
  const measured = {
    ...(stats.rttMs === undefined ? {} : { rttMs: Math.round(stats.rttMs * 1000) / 1000 }),
    ...(stats.mtuBytes === undefined ? {} : { mtu: stats.mtuBytes }),
    ...(stats.sinceMs === undefined ? {} : { since: rfc3339(stats.sinceMs) }),
  };
  if (path === undefined) return { kind: "none" };
  if (path.kind === "direct") return { kind: "direct", address: path.address, ...measured };
  const relay = relayOf(path.relay);
  return {
    kind: relay?.kind ?? "relay-udp",
    ...(relay === undefined ? {} : { address: relay.address, relay: relay.relay }),
    ...measured,
  };
}

function dnsName(name: string, view: NetmapView | undefined): string {
  return view?.mesh === undefined ? name : `${name}.${view.mesh.domain}`;
}

function rfc3339(unixMs: number): string {
  return new Date(unixMs).toISOString();
}
