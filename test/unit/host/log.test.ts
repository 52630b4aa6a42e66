import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { formatLogLine } from "../../../src/host/log.ts";

describe("the log on a terminal", () => {
  const line = (fields: object) =>
    formatLogLine(JSON.stringify({ level: 30, time: "2026-03-01T09:05:07.123Z", ...fields }));
  const withoutClock = (text: string) => text.replace(/^\d\d:\d\d:\d\d /, "");

  it("is for people: local time, level, words, then the fields", () => {
    assert.match(line({ msg: "stopping" }), /^\d\d:\d5:07 INFO {2}stopping\n$/);
    assert.equal(
      withoutClock(line({ msg: "node joined", node: "laptop", ips: ["100.64.0.1", "fd7a::1"], n: 2 })),
      "INFO  node joined  node=laptop ips=100.64.0.1,fd7a::1 n=2\n",
    );
    assert.equal(
      withoutClock(line({ level: 50, err: { type: "Error", message: "disk full", stack: "…" } })),
      "ERROR disk full\n",
    );
    assert.equal(
      withoutClock(line({ level: 40, msg: "it failed", err: { message: "gone" }, why: "a b", path: { id: 1 } })),
      'WARN  it failed: gone  why="a b" path={"id":1}\n',
    );
  });

  it("shows what others wrote without obeying it", () => {
    assert.doesNotMatch(line({ msg: "node joined \u001b[2J", node: "x\u009b1A" }).trimEnd(), /\p{Cc}/u);
  });
});
