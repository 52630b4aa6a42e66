import assert from "node:assert/strict";
import { test } from "node:test";
import { describeNat, explain } from "../../../src/paths/explain.ts";
import type { PathsReport } from "../../../src/paths/index.ts";
import { formatSocketAddress, type NatHint } from "../../../src/protocol/index.ts";

const EASY: NatHint = { mapping: "endpoint-independent", allocation: "preserving", step: 0 };
const HARD: NatHint = { mapping: "dependent", allocation: "random", step: 0 };
const UNKNOWN: NatHint = { mapping: "unknown", allocation: "unknown", step: 0 };
const RELAYED = { online: true, path: "relay", now: 1000 } as const;

function report(own: NatHint, peer: NatHint, more: Partial<PathsReport["hard"]> = {}): PathsReport {
  const candidate = { address: formatSocketAddress("198.51.100.7", 7), source: "netmap", probesSent: 7 } as const;
  return {
    state: "active",
    probing: false,
    failures: 3,
    retryInMs: 4000,
    local: [formatSocketAddress("192.168.1.2", 7)],
    candidates: [{ ...candidate, probedAgoMs: 10, answeredAgoMs: undefined, rttMs: undefined }],
    hard: {
      own,
      peer,
      observed: ["198.51.100.7"],
      running: undefined,
      worked: undefined,
      outcome: undefined,
      birthdayAt: -Infinity,
      retryAt: undefined,
      ...more,
    },
  };
}

test("what blocks, in words", () => {
  const blocker = (...args: Parameters<typeof report>) => explain(report(...args), RELAYED).blocker ?? "";
  assert.match(blocker(HARD, HARD), /both NATs use another port/);
  assert.match(blocker(UNKNOWN, EASY), /this node could not learn/);
  assert.match(blocker(EASY, UNKNOWN), /the peer could not learn/);
  assert.match(blocker(EASY, EASY), /a firewall may drop UDP/);
  assert.match(blocker(HARD, EASY, { running: "birthday" }), /this node's NAT .* birthday probing is under way/);
  assert.match(blocker(EASY, HARD, { observed: [] }), /the peer's NAT .* no server of the mesh has seen/);
  assert.match(
    blocker(HARD, EASY, { outcome: "nothing-heard", birthdayAt: 61_000 }),
    /none was met; next attempt in 1 min or with another network/,
  );
  assert.match(
    blocker(HARD, EASY, { outcome: "busy", retryAt: 2000 }),
    /another peer's random ports were being probed; next attempt in 1 s$/,
  );
});

test("nothing blocks a direct path, an idle or absent peer is said to be so", () => {
  const easy = report(EASY, EASY);
  assert.equal(explain(easy, { ...RELAYED, path: "direct" }).blocker, undefined);
  assert.match(explain(easy, { ...RELAYED, online: false }).blocker ?? "", /offline/);
  assert.match(explain({ ...easy, state: "idle" }, RELAYED).blocker ?? "", /no traffic/);
  assert.match(explain({ ...easy, candidates: [] }, RELAYED).blocker ?? "", /no address of the peer is known/);
  const ipv6 = { ...easy, local: [formatSocketAddress("2001:db8::1", 7)] };
  assert.match(explain(ipv6, RELAYED).blocker ?? "", /no IP version in common/);
});

test("NATs in words", () => {
  assert.equal(describeNat(EASY), "one port for every destination, its own");
  assert.equal(
    describeNat({ mapping: "dependent", allocation: "sequential", step: 2 }),
    "another port for every destination, counted up by 2",
  );
});
