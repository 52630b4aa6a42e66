// What a relay answers on its local socket: its state, and metrics.
import type { ServerStats } from "../engine/index.ts";
import type { Route } from "../local-api/index.ts";
import { metric, metricsResponse, processMetrics } from "../local-api/prometheus.ts";

export interface RelayRoutesDependencies {
  readonly version: string;
  /** "" until the coordinator told. */
  readonly name: () => string;
  /** To the coordinator. */
  readonly connected: () => boolean;
  readonly stats: () => Promise<ServerStats>;
}

export function relayRoutes({ version, name, connected, stats }: RelayRoutesDependencies): readonly Route[] {
  return [
    {
      method: "GET",
      path: "/v1/status",
      access: "read",
      handle: async () => ({
        kind: "json",
        body: { version, name: name(), connected: connected(), clients: (await stats()).clients },
      }),
    },
    {
      method: "GET",
      path: "/metrics",
      access: "read",
      handle: async () => metricsResponse(renderMetrics(version, connected(), await stats())),
    },
  ];
}

function renderMetrics(version: string, connected: boolean, udp: ServerStats): string {
  const drops = Object.entries(udp.drops).map(([reason, count]) => [{ reason }, count] as const);
  return [
    metric("meshd_info", "gauge", "Version.", [[{ version }, 1]]),
    metric("meshd_control_connected", "gauge", "Whether the coordinator is connected.", [[{}, Number(connected)]]),
    metric("meshd_relay_clients", "gauge", "Sessions of the relay.", [[{}, udp.clients]]),
    metric("meshd_relay_forwarded_packets_total", "counter", "Packets relayed.", [[{}, udp.forwardedPackets]]),
    metric("meshd_relay_forwarded_bytes_total", "counter", "Bytes relayed.", [[{}, udp.forwardedBytes]]),
    metric("meshd_relay_dropped_packets_total", "counter", "Datagrams dropped.", drops),
    metric("meshd_stun_answers_total", "counter", "STUN requests answered.", [[{}, udp.stunAnswers]]),
    ...processMetrics(),
  ].join("");
}
