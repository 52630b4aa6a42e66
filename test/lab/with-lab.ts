// A test in a lab of its own: cleaned up at the end, and where the test failed every daemon's log is kept and its end shown.
import { existsSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Lab } from "./lab.ts";
import type { Topology } from "./topology.ts";

const keptLogs = fileURLToPath(new URL("../../build/test-logs/", import.meta.url));
const SHOWN_LINES = 25;

export function labTest(name: string, topology: Topology, body: (lab: Lab) => Promise<void>, timeoutMs = 90_000): void {
  test(name, { timeout: timeoutMs }, async () => {
    using lab = await Lab.create(topology);
    try {
      await body(lab);
    } catch (error) {
      const folder = join(keptLogs, name.replaceAll(/[^\w]+/g, "-"));
      rmSync(folder, { recursive: true, force: true });
      lab.saveLogs(folder);
      showLogs(folder);
      throw error;
    }
  });
}

function showLogs(folder: string): void {
  if (!existsSync(folder)) return;
  for (const file of readdirSync(folder)) {
    const lines = readFileSync(join(folder, file), "utf8").trimEnd().split("\n");
    process.stdout.write(`--- ${join(folder, file)} (last of ${lines.length} lines)\n`);
    process.stdout.write(`${lines.slice(-SHOWN_LINES).join("\n")}\n`);
  }
}
