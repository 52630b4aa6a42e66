import assert from "node:assert/strict";
import { test } from "node:test";
import type { Cell } from "../../lab/cell.ts";
import { judge, type Measured } from "../../lab/cell-verdict.ts";
import { expectedPath } from "../../lab/expected-path.ts";
import { planMatrix, summarize } from "../../lab/matrix.ts";
import type { SiteName } from "../../lab/sites.ts";

const DIRECT: Measured = { leftPath: "direct", rightPath: "direct", firstPingMs: 300, directMs: 400 };
const RELAYED: Measured = { leftPath: "relay-udp", rightPath: "relay-udp", firstPingMs: 300 };

function verdict(left: SiteName, right: SiteName, measured: Measured) {
  return judge(expectedPath(left, right), measured, 4);
}

function cell(left: SiteName, right: SiteName, measured: Measured): Cell {
  const expected = expectedPath(left, right);
  return { left, right, first: "left", expected, ...measured, ...judge(expected, measured, 4) };
}

test("every pair once, or with each node as the second to join, as often as wanted", () => {
  const sites = ["public", "full-cone", "same-nat"] as const;
  const pairs = planMatrix({ sites, roles: "one", times: 1 }).map(({ left, right }) => `${left} ${right}`);
  assert.deepEqual(pairs, ["public public", "public full-cone", "full-cone full-cone", "same-nat same-nat"]);
  const both = planMatrix({ sites, roles: "both", times: 2 });
  assert.equal(both.length, 2 * 5);
  assert.equal(both.filter(({ first }) => first === "right").length, 2);
});

test("a cell is judged by its path and that it connected, one slow time is only noted", () => {
  assert.deepEqual(verdict("public", "full-cone", DIRECT), { differences: [], late: [] });
  assert.deepEqual(verdict("public", "full-cone", RELAYED).differences, [
    "relay-udp/relay-udp, not direct (endpoint-independent)",
  ]);
  assert.equal(verdict("public", "full-cone", { ...DIRECT, firstPingMs: 600 }).differences.length, 0);
  assert.equal(verdict("public", "full-cone", { ...DIRECT, firstPingMs: 600 }).late.length, 1);
  assert.equal(verdict("public", "full-cone", { ...DIRECT, directMs: 4001 }).differences.length, 1);
  assert.deepEqual(verdict("public", "public", { leftPath: "none", rightPath: "none" }).differences, [
    "no ping was answered",
  ]);
});

test("relays where nothing else can be, by TCP only on the side without UDP", () => {
  assert.deepEqual(verdict("symmetric-random", "symmetric-random", RELAYED).differences, []);
  assert.equal(verdict("symmetric-random", "symmetric-random", DIRECT).differences.length, 2);
  const overTcp: Measured = { ...RELAYED, leftPath: "relay-tcp" };
  assert.deepEqual(verdict("udp-blocked", "public", overTcp).differences, []);
  assert.deepEqual(verdict("public", "udp-blocked", overTcp).differences, [
    "left: relay-tcp, not relay-udp",
    "right: relay-udp, not relay-tcp",
  ]);
  for (const measured of [DIRECT, RELAYED]) {
    assert.deepEqual(verdict("symmetric-sequential", "symmetric-sequential", measured).differences, []);
  }
  assert.deepEqual(verdict("dual-stack", "ipv6-only", DIRECT).differences, ["direct, but not over IPv6"]);
});

test("the times of a way are kept by the median", () => {
  const times = [300, 450, 1900].map((directMs) => cell("public", "public", { ...DIRECT, directMs }));
  const summary = summarize(times);
  const direct = summary.times.find(({ what }) => what === "direct: endpoint-independent");
  assert.deepEqual([direct?.medianMs, direct?.worstMs, direct?.isKept], [450, 1900, true]);
  assert.ok(summary.isAsItMustBe);
  const slow = [1100, 1200, 300].map((directMs) => cell("public", "public", { ...DIRECT, directMs }));
  assert.ok(!summarize(slow).isAsItMustBe);
  assert.ok(!summarize([...times, cell("public", "public", RELAYED)]).isAsItMustBe);
});
