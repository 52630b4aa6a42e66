import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "node:test";
import { LogLimiter } from "../../../src/host/log-limiter.ts";

const DAY_MS = 86_400_000;

describe("the limit on a log", () => {
  it("says what never ends ten times, then once in ten minutes, and how often it was", () => {
    const limiter = new LogLimiter();
    let told = 0;
    let repeats = 0;
    for (let now = 0; now < DAY_MS; now += 1000) {
      const admission = limiter.admit(30, `{"msg":"the coordinator is away","retryInMs":${String(now % 977)}}`, now);
      if (admission === undefined) continue;
      told += 1;
      repeats += admission.repeats;
    }
    assert.ok(told >= 150 && told <= 155, String(told));
    assert.ok(Math.abs(told + repeats - DAY_MS / 1000) < 700, "every one is counted, but those since the last");
  });

  it("does not take different lines for one", () => {
    const limiter = new LogLimiter();
    for (let number = 0; number < 26; number += 1) {
      const name = `ci-${String(number)}`;
      for (let times = 0; times < 10; times += 1)
        assert.deepEqual(limiter.admit(30, `{"msg":"node joined","node":"${name}"}`, 0), { repeats: 0, lost: 0 });
    }
  });

  it("bounds what strangers can cause with lines that are all different, and leaves room again afterwards", () => {
    const limiter = new LogLimiter();
    let told = 0;
    let lost = 0;
    for (let number = 0; number < 100_000; number += 1) {
      const who = String(number).replaceAll(/\d/g, (digit) => String.fromCharCode(97 + Number(digit)));
      const admission = limiter.admit(30, `{"msg":"refused","from":"${who}"}`, number / 10);
      if (admission === undefined) continue;
      told += 1;
      lost += admission.lost;
    }
    assert.ok(told >= 1000 && told <= 1003, String(told));
    assert.deepEqual(limiter.admit(50, '{"msg":"the disk is full"}', 10_000), { repeats: 0, lost: 0 }, "another level");
    const later = limiter.admit(30, '{"msg":"node joined"}', 60_000);
    assert.equal(told + lost + (later?.lost ?? 0), 100_000);
  });

  it("is not confused by a clock that goes back", () => {
    const limiter = new LogLimiter();
    for (let times = 0; times < 20; times += 1) limiter.admit(30, "x", 5000 - times);
    assert.equal(limiter.admit(30, "x", 4000), undefined);
    assert.notEqual(limiter.admit(30, "x", 700_000), undefined);
  });
});

it("a log leaves out repetitions, and tells how many", () => {
  const script = `
    import { openLog } from "./src/host/log.ts";
    const { log } = openLog("info");
    for (let times = 0; times < 50; times += 1) log.warn({ retryInMs: times }, "away");
    log.info("other");`;
  const run = spawnSync(process.execPath, ["--input-type=module-typescript", "-e", script], { encoding: "utf8" });
  const lines = run.stderr
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { readonly msg: string });
  assert.equal(lines.filter(({ msg }) => msg === "away").length, 10);
  assert.equal(lines.at(-1)?.msg, "other");
});
