import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "node:test";
import { LogRing } from "../../../src/host/log-ring.ts";

describe("the last lines of a log", () => {
  it("are bounded in number, in length and in all", () => {
    const ring = new LogRing();
    for (let number = 0; number < 1500; number += 1) ring.add(`line ${String(number)}\n`);
    assert.equal(ring.lines.length, 1000);
    assert.deepEqual([ring.lines[0], ring.lines.at(-1)], ["line 500", "line 1499"]);
    ring.add("x".repeat(1 << 20));
    assert.equal(ring.lines.at(-1)?.length, 4096 + 3);
    for (let number = 0; number < 1000; number += 1) ring.add("y".repeat(4000));
    const bytes = ring.lines.reduce((sum, line) => sum + line.length, 0);
    assert.ok(bytes <= 256 << 10 && bytes > 240 << 10, String(bytes));
  });

  it("are those below the level, too, which are not written", () => {
    const script = `
      import { openLog } from "./src/host/log.ts";
      const { log, recent } = openLog("warn");
      log.debug("quiet"); log.info("usual"); log.child({ a: 1 }).warn("loud");
      process.stdout.write(JSON.stringify(recent().map((line) => JSON.parse(line).msg)));`;
    const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module-typescript", "-e", script], {
      encoding: "utf8",
    });
    assert.equal(stdout, '["quiet","usual","loud"]');
    assert.deepEqual(
      stderr
        .trim()
        .split("\n")
        .map((line) => (JSON.parse(line) as { readonly msg: string }).msg),
      ["loud"],
    );
  });
});
