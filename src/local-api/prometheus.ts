// Prometheus' text format (https://prometheus.io/docs/instrumenting/exposition_formats/), for GET /metrics of either role.
import { readdirSync } from "node:fs";
import type { LocalResponse } from "./routes.ts";

type Labels = Readonly<Record<string, string>>;
export type Sample = readonly [labels: Labels, value: number];

/** Without samples: nothing at all. */
export function metric(name: string, type: "gauge" | "counter", help: string, samples: readonly Sample[]): string {
  if (samples.length === 0) return "";
  const lines = samples.map(([labels, value]) => `${name}${labelText(labels)} ${String(value)}`);
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join("\n")}\n`;
}

/** Of this process, under the names that Prometheus' client libraries give them: what grows where something leaks. */
export function processMetrics(): readonly string[] {
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed, heapTotal, external } = process.memoryUsage();
  const descriptors = openDescriptors();
  return [
    metric("process_resident_memory_bytes", "gauge", "Resident memory.", [[{}, rss]]),
    metric("process_cpu_seconds_total", "counter", "User and system time.", [[{}, (user + system) / 1e6]]),
    metric("process_open_fds", "gauge", "Open file descriptors.", descriptors === undefined ? [] : [[{}, descriptors]]),
    metric("nodejs_heap_size_used_bytes", "gauge", "Memory of JavaScript objects.", [[{}, heapUsed]]),
    metric("nodejs_heap_size_total_bytes", "gauge", "Memory taken for JavaScript objects.", [[{}, heapTotal]]),
    metric("nodejs_external_memory_bytes", "gauge", "Memory of buffers and the like.", [[{}, external]]),
    metric("nodejs_active_resources", "gauge", "Timers, sockets and the like that are waited for.", activeResources()),
  ];
}

/** Undefined where there is no /proc. */
function openDescriptors(): number | undefined {
  try {
    return readdirSync("/proc/self/fd").length;
  } catch {
    return undefined;
  }
}

function activeResources(): readonly Sample[] {
  const byType = Map.groupBy(process.getActiveResourcesInfo(), (type) => type);
  return Array.from(byType, ([type, all]) => [{ type }, all.length] as const);
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
