// Prometheus' text format (https://prometheus.io/docs/instrumenting/exposition_formats/), for GET /metrics of either role.
import type { LocalResponse } from "./routes.ts";

type Labels = Readonly<Record<string, string>>;
export type Sample = readonly [labels: Labels, value: number];

/** Without samples: nothing at all. */
export function metric(name: string, type: "gauge" | "counter", help: string, samples: readonly Sample[]): string {
  if (samples.length === 0) return "";
  const lines = samples.map(([labels, value]) => `${name}${labelText(labels)} ${String(value)}`);
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join("\n")}\n`;
}

/** Of this process, under the names that Prometheus' client libraries give them. */
export function processMetrics(): readonly string[] {
  const { user, system } = process.cpuUsage();
  const { rss } = process.memoryUsage();
  return [
    metric("process_resident_memory_bytes", "gauge", "Resident memory.", [[{}, rss]]),
    metric("process_cpu_seconds_total", "counter", "User and system time.", [[{}, (user + system) / 1e6]]),
  ];
}

export function metricsResponse(body: string): LocalResponse {
  return { kind: "text", body, contentType: "text/plain; version=0.0.4; charset=utf-8" };
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function escapeLabel(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
