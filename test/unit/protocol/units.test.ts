import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { describeDuration } from "../../../src/protocol/units.ts";

describe("durations in messages", () => {
  it("are for people, whatever fraction the clock gave", () => {
    for (const [ms, text] of [
      [0, "0 ms"],
      [0.4, "0 ms"],
      [249.7, "250 ms"],
      [999.6, "1 s"],
      [5468.083764, "5.5 s"],
      [25_000, "25 s"],
      [59_949, "59.9 s"],
      [59_950, "1 min"],
      [180_000.5, "3 min"],
    ] as const) {
      assert.equal(describeDuration(ms), text);
    }
  });
});
