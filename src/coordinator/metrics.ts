// GET /metrics of a coordinator.
import type { ServerStats } from "../engine/index.ts";
import { metric, processMetrics, type Sample } from "../local-api/prometheus.ts";
import type { Refusal } from "./registry.ts";

/** What the hub counts since its start, and how it stands now. */
export interface HubStats {
  readonly sessions: number;
  readonly netmapVersion: number;
  readonly netmapUpdates: number;
  readonly refusals: ReadonlyMap<Refusal, number>;
}

export interface CoordinatorMeasurements {
  readonly version: string;
  readonly nodes: number;
  readonly online: number;
  readonly hub: HubStats;
  readonly udp: ServerStats;
}

export function renderMetrics({ version, nodes, online, hub, udp }: CoordinatorMeasurements): string {
  return [
    metric("meshd_info", "gauge", "Version.", [[{ version }, 1]]),
    metric("meshd_coordinator_nodes", "gauge", "Members of the mesh.", one(nodes)),
    metric("meshd_coordinator_nodes_online", "gauge", "Members that are connected.", one(online)),
    metric("meshd_coordinator_sessions", "gauge", "Control sessions of members.", one(hub.sessions)),
    metric("meshd_netmap_version", "gauge", "Version of the netmap.", one(hub.netmapVersion)),
    metric("meshd_netmap_updates_total", "counter", "Netmap updates sent, of all nodes.", one(hub.netmapUpdates)),
    metric("meshd_auth_failures_total", "counter", "Nodes refused, by reason.", byReason(hub.refusals)),
    metric("meshd_relay_clients", "gauge", "Sessions of the relay.", one(udp.clients)),
    metric("meshd_relay_forwarded_packets_total", "counter", "Packets relayed.", one(udp.forwardedPackets)),
    metric("meshd_relay_forwarded_bytes_total", "counter", "Bytes relayed.", one(udp.forwardedBytes)),
    metric("meshd_relay_dropped_packets_total", "counter", "Datagrams dropped.", byReason(Object.entries(udp.drops))),
    metric("meshd_stun_answers_total", "counter", "STUN requests answered.", one(udp.stunAnswers)),
    ...processMetrics(),
  ].join("");
}

function one(value: number): readonly Sample[] {
  return [[{}, value]];
}

function byReason(counts: Iterable<readonly [reason: string, count: number]>): readonly Sample[] {
  return Array.from(counts, ([reason, count]) => [{ reason }, count] as const);
}
