import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "node:test";
import { LogRing } from "../../../src/host/log-ring.ts";

describe("the last lines of a log", () => {
  it("are bounded in number, in length and in all", () => {
    const ring = new LogRing();
    for (let number = 0; number < 1500; number += 1) ring.add(30, `line ${String(number)}\n`);
    assert.equal(ring.lines.length, 600);
    assert.deepEqual([ring.lines[0], ring.lines.at(-1)], ["line 900", "line 1499"]);
    ring.add(30, "x".repeat(1 << 20));
    assert.equal(ring.lines.at(-1)?.length, 4096 + 3);
    for (let number = 0; number < 1000; number += 1) ring.add(30, "y".repeat(4000));
    const bytes = ring.lines.reduce((sum, line) => sum + line.length, 0);
    assert.ok(bytes <= 128 << 10 && bytes > 120 << 10, String(bytes));
  });

  it("are not pushed out by those below info, and stay in order", () => {
    const ring = new LogRing();
    ring.add(30, "first");
    for (let number = 0; number < 5000; number += 1) ring.add(20, `detail ${String(number)}`);
    ring.add(40, "last");
    ring.add(20, "detail after");
    assert.deepEqual([ring.lines[0], ring.lines.length], ["first", 602]);
    assert.deepEqual(ring.lines.slice(-2), ["last", "detail after"]);
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
