import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { it } from "node:test";
import { keepMemorySmall } from "../../../src/cli/memory.ts";
import { DAEMON_NODE_ARGS } from "../../../src/host/node-args.ts";

const MINUTE_MS = 60_000;

it("a process that stays collects its garbage every five minutes, whether or not it asks for memory", (t) => {
  const real = globalThis.gc;
  t.mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  let collected = 0;
  globalThis.gc = (() => (collected += 1)) as unknown as NonNullable<typeof real>;
  keepMemorySmall();
  t.mock.timers.tick(4 * MINUTE_MS);
  assert.equal(collected, 0);
  t.mock.timers.tick(26 * MINUTE_MS);
  assert.equal(collected, 6);
  globalThis.gc = real;
});

it("its flags let it", () => {
  const script = "console.log(typeof gc)";
  const { stdout } = spawnSync(process.execPath, [...DAEMON_NODE_ARGS, "-e", script], { encoding: "utf8" });
  assert.equal(stdout, "function\n");
});
