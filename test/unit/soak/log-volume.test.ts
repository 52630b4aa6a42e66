import assert from "node:assert/strict";
import { it } from "node:test";
import { volumeOf } from "../../soak/log-volume.ts";

it("log volume counts lines by level, and messages without their details", () => {
  const lines = [
    '{"level":30,"msg":"path to 192.0.2.7:41641 after 15 ms"}',
    '{"level":30,"msg":"path to [2001:db8::1]:41641 after 7 ms"}',
    '{"level":20,"msg":"detail"}',
    '{"level":50,"msg":"bad"}',
    "The coordinator runs.",
    '{"level":30,"msg":"torn',
  ];
  const { bytes, lines: counts, messages } = volumeOf(lines.join("\n"));
  assert.equal(bytes, lines.join("\n").length);
  assert.deepEqual(counts, { info: 2, debug: 1, error: 1 });
  assert.deepEqual(messages, [
    ["info: path to ADDRESS after N ms", 2],
    ["error: bad", 1],
  ]);
});
