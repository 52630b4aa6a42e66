import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { PEER_PROBE_LIMIT } from "../../../src/paths/probe-budget.ts";
import { UNKNOWN_NAT } from "../../../src/protocol/index.ts";
import { address, Bench, claim, connected, direct, OWN, PEER, PEER_LAN, RELAY, STRANGER } from "./peer-paths-bench.ts";
test("traffic: the coordinator and the peer are told, and every candidate is probed in a burst", () => {
  const bench = new Bench();
  bench.paths.handleCandidates([claim(PEER), claim(PEER_LAN)], 0);
  bench.run(1000);
  assert.equal(bench.sent.length, 0, "nothing while idle");
  bench.paths.handleActive(1000);
  bench.run(4499);
  const burst = [1000, 1050, 1150, 1350, 1750, 2500, 3500];
  assert.deepEqual(bench.pings(PEER), burst);
  assert.deepEqual(bench.pings(PEER_LAN), burst);
  const signal = bench.events.findLast((event) => event.type === "signal");
  assert.deepEqual(signal?.candidates, [OWN]);
  const [told] = bench.sent.filter(({ to }) => to === "relay");
  assert.ok(told?.body.kind === "candidates" && told.body.replyWanted);
  assert.equal(told.body.attempt, signal.attempt);
});

test("an attempt that found nothing is repeated after 1, 2, 4 … 60 s, for as long as there is traffic", () => {
  const bench = new Bench();
  bench.paths.handleCandidates([claim(PEER)], 0);
  bench.paths.handleActive(0);
  bench.run(400_000);
  const starts = bench.sent.filter(({ to }) => to === "relay").map(({ at }) => at);
  const pauses = starts.slice(1).map((at, i) => at - (starts[i] ?? 0) - 3500);
  assert.deepEqual(pauses, [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000, 60_000]);
  bench.paths.handleIdle(400_000);
  const before = bench.sent.length;
  bench.run(4_000_000);
  assert.equal(bench.sent.length, before);
});

test("a pong makes a path, ranked before the relay; ids stay", () => {
  const bench = connected();
  assert.deepEqual(bench.ranking(), [PEER, "relay"]);
  const id = bench.pathId(PEER);
  bench.paths.handleCandidates([claim(PEER), claim(PEER_LAN)], 100);
  bench.now = 100;
  bench.drain();
  bench.pong(PEER_LAN, 1);
  assert.deepEqual(bench.ranking(), [PEER_LAN, PEER, "relay"]);
  assert.equal(bench.pathId(PEER), id);
  const reason = bench.events.findLast((event) => event.type === "paths")?.reason;
  assert.equal(reason, `${PEER_LAN} answered in 1.0 ms`);
});

test("a pong from elsewhere, for no ping, or over the relay makes none", () => {
  const bench = new Bench();
  bench.paths.handleCandidates([claim(PEER)], 0);
  bench.paths.handleActive(0);
  bench.drain();
  const ping = bench.sent.find(({ body }) => body.kind === "ping")?.body;
  assert.ok(ping?.kind === "ping");
  bench.hear({ kind: "pong", transactionId: ping.transactionId }, direct(STRANGER));
  bench.hear({ kind: "pong", transactionId: ping.transactionId }, RELAY);
  bench.hear({ kind: "pong", transactionId: new Uint8Array(12).fill(9) }, direct(PEER));
  assert.deepEqual(bench.ranking(), ["relay"]);
});

test("a ping from an unknown address is answered there, and that address is pinged at once", () => {
  const bench = new Bench();
  bench.hear({ kind: "ping", transactionId: new Uint8Array(12).fill(5), paddingBytes: 0 }, direct(STRANGER));
  assert.deepEqual(
    bench.sent.map(({ to, body }) => [to, body.kind]),
    [
      [STRANGER, "pong"],
      [STRANGER, "ping"],
    ],
  );
  const answer = bench.sent[0]?.body;
  assert.equal(answer?.kind === "pong" && answer.observed, STRANGER);
  bench.pong(STRANGER, 30);
  assert.deepEqual(bench.ranking(), [STRANGER, "relay"]);
  assert.equal(bench.signals(), 0, "the peer knows already");
});

test("a ping over the relay is answered over the relay", () => {
  const bench = new Bench();
  bench.hear({ kind: "ping", transactionId: new Uint8Array(12), paddingBytes: 0 }, RELAY);
  assert.deepEqual(
    bench.sent.map(({ to, body }) => [to, body.kind]),
    [["relay", "pong"]],
  );
});

test("forbidden addresses and our own are neither probed nor answered", () => {
  const bench = new Bench();
  bench.forbidden.add(address(STRANGER));
  bench.paths.handleCandidates([claim(STRANGER), claim(OWN.address), claim(PEER)], 0);
  bench.paths.handleActive(0);
  bench.hear({ kind: "ping", transactionId: new Uint8Array(12), paddingBytes: 0 }, direct(STRANGER));
  bench.paths.handleSourceSeen({ address: address(STRANGER) }, 10);
  bench.run(10_000);
  assert.deepEqual(new Set(bench.sent.map(({ to }) => to)), new Set(["relay", PEER]));
});

test("an invitation is answered once on each way, and probed without traffic of our own for a minute at most", () => {
  const bench = new Bench();
  const notice = { candidates: [claim(PEER)], attempt: 99 };
  bench.paths.handlePunchNotice(notice, 0);
  bench.drain();
  bench.hear({ kind: "candidates", ...notice, replyWanted: true }, RELAY);
  bench.paths.handlePunchNotice(notice, 5);
  bench.drain();
  assert.deepEqual(
    bench.events.filter(({ type }) => type === "signal"),
    [{ type: "signal", attempt: 99, candidates: [OWN], nat: UNKNOWN_NAT }],
  );
  assert.equal(bench.sent.filter(({ to }) => to === "relay").length, 1);
  assert.ok(bench.pings(PEER).length > 0);
  bench.pong(PEER, 20);
  bench.run(59_999);
  assert.deepEqual(bench.ranking(), [PEER, "relay"]);
  bench.run(60_010);
  assert.deepEqual(bench.ranking(), ["relay"]);
  assert.equal(bench.paths.report(60_010).state, "idle");
});

test("invitations crossing our own attempt do not restart it, and their new addresses join it", () => {
  const bench = new Bench();
  bench.paths.handleCandidates([claim(PEER)], 0);
  bench.paths.handleActive(0);
  bench.run(80);
  bench.hear({ kind: "candidates", candidates: [claim(PEER), claim(PEER_LAN)], attempt: 1, replyWanted: false }, RELAY);
  bench.run(400);
  assert.deepEqual(bench.pings(PEER), [0, 50, 150, 350]);
  assert.deepEqual(bench.pings(PEER_LAN), [80, 130, 230]);
});

test("a dead path yields to the relay, is pinged again, and the peer is told", () => {
  const bench = connected();
  const id = bench.pathId(PEER);
  bench.run(5000);
  const signals = bench.signals();
  bench.paths.handlePathDead(id, 5000);
  bench.drain();
  assert.deepEqual(bench.ranking(), ["relay", PEER]);
  assert.equal(bench.signals(), signals + 1);
  bench.pong(PEER, 40);
  assert.deepEqual(bench.ranking(), [PEER, "relay"]);
  assert.notEqual(bench.pathId(PEER), id, "a new path to the engine, which uses it at once");
});

test("a dead path that the engine hears again is the same path", () => {
  const bench = connected();
  const id = bench.pathId(PEER);
  bench.run(5000);
  bench.paths.handlePathDead(id, 5000);
  bench.drain();
  bench.paths.handlePathAlive(id, 42, 5100);
  bench.drain();
  assert.deepEqual(bench.ranking(), [PEER, "relay"]);
  assert.equal(bench.pathId(PEER), id);
});

test("a path that keeps dying is kept out ever longer", () => {
  const bench = connected();
  bench.run(5000);
  bench.paths.handlePathDead(bench.pathId(PEER), 5000);
  bench.drain();
  bench.pong(PEER, 10);
  bench.run(6000);
  bench.paths.handlePathDead(bench.pathId(PEER), 6000);
  bench.drain();
  assert.deepEqual(bench.ranking(), ["relay"]);
  bench.pong(PEER, 10);
  assert.deepEqual(bench.ranking(), ["relay"], "held for a second");
  bench.run(7500);
  bench.pong(PEER, 10);
  assert.deepEqual(bench.ranking(), [PEER, "relay"]);
});

test("a path that died because the peer was restarted was not to blame", () => {
  const bench = connected();
  bench.run(5000);
  bench.paths.handlePathDead(bench.pathId(PEER), 5000);
  bench.drain();
  bench.channel.restarted = true;
  bench.pong(PEER, 10);
  bench.channel.restarted = false;
  bench.run(6000);
  bench.paths.handlePathDead(bench.pathId(PEER), 6000);
  bench.drain();
  assert.deepEqual(bench.ranking(), ["relay", PEER], "asked again at once");
  bench.pong(PEER, 10);
  assert.deepEqual(bench.ranking(), [PEER, "relay"]);
});

test("dead without an answer: removed when its burst is over", () => {
  const bench = connected();
  bench.run(5000);
  bench.paths.handlePathDead(bench.pathId(PEER), 5000);
  bench.run(8499);
  assert.deepEqual(bench.ranking(), ["relay", PEER]);
  bench.run(8500);
  assert.deepEqual(bench.ranking(), ["relay"]);
});

test("the network changed: every path must answer again, in its place meanwhile, and the peer is told at once", () => {
  const bench = connected();
  bench.run(10_000);
  const before = bench.sent.length;
  bench.paths.handleNetworkChange(10_000);
  bench.drain();
  assert.deepEqual(bench.ranking(), [PEER, "relay"]);
  const sent = bench.sent.slice(before).map(({ to, body }) => `${to} ${body.kind}`);
  assert.deepEqual(sent, ["relay candidates", `${PEER} ping`]);
  bench.run(13_500);
  assert.deepEqual(bench.ranking(), ["relay"], "no answer");
});

test("own candidates that change while there is no direct path are told again, at most every 250 ms", () => {
  const bench = new Bench();
  bench.paths.handleActive(0);
  bench.drain();
  for (let i = 1; i <= 10; i++) {
    bench.paths.handleLocalCandidates([OWN, claim(`203.0.113.60:${i}`)], i * 20);
    bench.run(i * 20);
  }
  bench.run(900);
  assert.equal(bench.signals(), 2);
  const last = bench.events.findLast((event) => event.type === "signal");
  assert.equal(last?.candidates[1]?.address, "203.0.113.60:10");
});

test("after idleness what worked is probed first", () => {
  const bench = connected();
  bench.hear({ kind: "ping", transactionId: new Uint8Array(12), paddingBytes: 0 }, direct(STRANGER));
  bench.pong(STRANGER, 10);
  bench.run(1000);
  bench.paths.handleIdle(1000);
  bench.drain();
  assert.deepEqual(bench.ranking(), ["relay"]);
  const before = bench.sent.length;
  bench.paths.handleCandidates([claim(PEER_LAN)], 2000);
  bench.paths.handleActive(100_000);
  bench.now = 100_000;
  bench.drain();
  const pings = bench.sent.slice(before).filter(({ body }) => body.kind === "ping");
  assert.deepEqual(
    pings.map(({ to }) => to),
    [STRANGER, PEER, PEER_LAN],
  );
});

test("live paths are measured every 20 s; three pings without an answer end one that the engine does not judge", () => {
  const bench = connected();
  bench.run(20_000);
  assert.deepEqual(bench.pings(PEER), [0, 20_000]);
  bench.pong(PEER, 40);
  bench.run(100_000);
  const death = bench.events.findLast((event) => event.type === "paths" && event.reason.includes("dead"));
  assert.ok(death?.type === "paths");
  assert.deepEqual(bench.pings(PEER).slice(0, 5), [0, 20_000, 40_000, 60_000, 80_000]);
});

const many = (prefix: string, count: number) => Array.from({ length: count }, (_, i) => claim(`${prefix}.${i + 1}:7`));

test("at most 40 addresses of a peer are probed at a time, what the peer said last first", () => {
  const bench = new Bench();
  bench.paths.handleCandidates(many("198.51.100", 16), 0);
  bench.paths.handlePunchNotice({ candidates: many("192.0.2", 16), attempt: 1 }, 0);
  bench.hear({ kind: "candidates", candidates: many("203.0.113", 16), attempt: 1, replyWanted: false }, RELAY);
  const known = bench.paths.report(0).candidates.map((candidate) => candidate.address);
  assert.equal(known.length, 40);
  assert.ok(known.slice(0, 16).every((each) => each.startsWith("203.0.113.")));
});

test("of the addresses that a peer was heard from, the last eight are kept", () => {
  const bench = new Bench();
  for (const { address: from } of many("198.51.100", 9)) bench.paths.handleSourceSeen({ address: from }, 0);
  bench.drain();
  const known = bench.paths.report(0).candidates.map(({ address: known }) => known);
  assert.deepEqual(
    known,
    many("198.51.100", 9)
      .map(({ address: from }) => from)
      .slice(1),
  );
});

test("the engine gets at most four direct paths", () => {
  const bench = new Bench();
  const candidates = many("198.51.100", 6);
  bench.paths.handleCandidates(candidates, 0);
  bench.paths.handleActive(0);
  bench.drain();
  for (const { address: from } of candidates) bench.pong(from, 20);
  assert.deepEqual(bench.ranking(), [...candidates.slice(0, 4).map(({ address: from }) => from), "relay"]);
});

test("a restarted peer is told to the engine", () => {
  const bench = connected();
  bench.channel.restarted = true;
  bench.hear({ kind: "ping", transactionId: new Uint8Array(12), paddingBytes: 0 }, direct(PEER));
  assert.ok(bench.events.some(({ type }) => type === "restarted"));
});

test("with the node's budget used up, probes wait, in order", () => {
  const bench = new Bench();
  while (bench.budget.take("probe", 0));
  bench.paths.handleCandidates([claim(PEER)], 0);
  bench.paths.handleActive(0);
  bench.drain();
  assert.deepEqual(bench.pings(PEER), []);
  assert.equal(bench.paths.pollTimeout(), 50, "the next step of the burst");
  bench.run(1000);
  assert.deepEqual(bench.pings(PEER), [1000]);
});

test("whatever the peer and the coordinator say, one peer gets no more than its share, and nothing when it is over", () => {
  const text = fc.tuple(fc.integer({ min: 1, max: 250 }), fc.integer({ min: 1, max: 60_000 }));
  const addresses = fc.array(
    text.map(([ip, port]) => `198.51.100.${ip}:${port}`),
    { maxLength: 16 },
  );
  const word = fc.oneof(
    fc.record({ say: fc.constant("notice" as const), addresses, attempt: fc.nat(20) }),
    fc.record({ say: fc.constant("candidates" as const), addresses, attempt: fc.nat(20) }),
    fc.record({ say: fc.constant("netmap" as const), addresses, attempt: fc.constant(0) }),
    fc.record({ say: fc.constant("ping" as const), addresses, attempt: fc.constant(0) }),
    fc.record({ say: fc.constant("active" as const), addresses: fc.constant([]), attempt: fc.constant(0) }),
    fc.record({ say: fc.constant("network" as const), addresses: fc.constant([]), attempt: fc.constant(0) }),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(400), word), { maxLength: 60 }), (story) => {
      const bench = new Bench();
      for (const [pause, { say, addresses: texts, attempt }] of story) {
        bench.run(bench.now + pause);
        const candidates = texts.map(claim);
        if (say === "notice") bench.paths.handlePunchNotice({ candidates, attempt }, bench.now);
        else if (say === "candidates")
          bench.hear({ kind: "candidates", candidates, attempt, replyWanted: true }, RELAY);
        else if (say === "netmap") bench.paths.handleCandidates(candidates, bench.now);
        else if (say === "active") bench.paths.handleActive(bench.now);
        else if (say === "network") bench.paths.handleNetworkChange(bench.now);
        else {
          for (const { address: from } of candidates) {
            bench.hear({ kind: "ping", transactionId: new Uint8Array(12), paddingBytes: 0 }, direct(from));
          }
        }
        bench.drain();
      }
      bench.run(bench.now + 100_000);
      const pings = bench.sent.filter(({ body }) => body.kind === "ping").map(({ at }) => at);
      // Fixed windows of a second: twice the limit can meet at an edge.
      for (let i = 2 * PEER_PROBE_LIMIT; i < pings.length; i++) {
        assert.ok((pings[i] ?? 0) - (pings[i - 2 * PEER_PROBE_LIMIT] ?? 0) >= 1000);
      }
      bench.paths.handleIdle(bench.now);
      bench.drain();
      assert.equal(bench.paths.pollTimeout(), undefined);
    }),
    { numRuns: 200 },
  );
});
