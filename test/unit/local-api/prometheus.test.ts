import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { describe, it } from "node:test";
import { processMetrics } from "../../../src/local-api/prometheus.ts";

function valueOf(text: string, sample: string): number {
  const line = text.split("\n").find((each) => each.startsWith(`${sample} `));
  return Number(line?.split(" ")[1]);
}

describe("metrics of the process", () => {
  it("count memory, descriptors, and what is waited for by its kind", () => {
    const timers = Array.from({ length: 7 }, () => setTimeout(() => undefined, 60_000));
    const text = processMetrics().join("");
    for (const timer of timers) clearTimeout(timer);
    for (const name of ["process_resident_memory_bytes", "nodejs_heap_size_used_bytes", "nodejs_heap_size_total_bytes"])
      assert.ok(valueOf(text, name) > 1e6, name);
    assert.ok(valueOf(text, "nodejs_external_memory_bytes") > 0);
    assert.ok(Math.abs(valueOf(text, "process_open_fds") - readdirSync("/proc/self/fd").length) <= 1);
    assert.ok(valueOf(text, 'nodejs_active_resources{type="Timeout"}') >= 7);
  });
});
