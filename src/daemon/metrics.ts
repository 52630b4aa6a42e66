// GET /metrics of a node, made from its status.
import type { NodeStatus, PeerStatus } from "../local-api/node-api.ts";
import { metric, processMetrics, type Sample } from "../local-api/prometheus.ts";

export function renderMetrics(status: NodeStatus): string {
  const { peers } = status;
  const perPeer = (value: (peer: PeerStatus) => number | undefined): readonly Sample[] =>
    peers.flatMap((peer) => {
      const measured = value(peer);
      return measured === undefined ? [] : [[{ peer: peer.name }, measured] as const];
    });
  return [
    metric("meshd_info", "gauge", "Version and state.", [[{ version: status.version, state: status.state }, 1]]),
    metric("meshd_coordinator_connected", "gauge", "1 while the coordinator is connected.", [
      [{}, Number(status.coordinator?.connected ?? false)],
    ]),
    metric("meshd_netmap_version", "gauge", "Version of the netmap.", [[{}, status.coordinator?.netmapVersion ?? 0]]),
    metric("meshd_health_warnings", "gauge", "Warnings that status shows.", [[{}, status.health.length]]),
    metric("meshd_peers", "gauge", "Peers by the kind of path in use.", pathKinds(peers)),
    metric(
      "meshd_peer_online",
      "gauge",
      "1 while the coordinator sees the peer.",
      perPeer((peer) => Number(peer.online)),
    ),
    metric(
      "meshd_peer_receive_bytes_total",
      "counter",
      "Inner bytes received.",
      perPeer((peer) => peer.rxBytes),
    ),
    metric(
      "meshd_peer_transmit_bytes_total",
      "counter",
      "Inner bytes sent.",
      perPeer((peer) => peer.txBytes),
    ),
    metric(
      "meshd_peer_rtt_seconds",
      "gauge",
      "Round trip of the path in use.",
      perPeer((peer) => (peer.path.rttMs === undefined ? undefined : peer.path.rttMs / 1000)),
    ),
    metric(
      "meshd_dropped_packets_total",
      "counter",
      "Packets dropped, by reason.",
      Object.entries(status.drops).map(([reason, count]) => [{ reason }, count]),
    ),
    ...processMetrics(),
  ].join("");
}

function pathKinds(peers: readonly PeerStatus[]): readonly Sample[] {
  return (["direct", "relay-udp", "relay-tcp", "none"] as const).map((kind) => [
    { path: kind },
    peers.filter((peer) => peer.path.kind === kind).length,
  ]);
}
