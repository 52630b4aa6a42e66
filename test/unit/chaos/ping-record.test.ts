import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { compareInventories } from "../../chaos/inventory.ts";
import { judgePings, parsePings } from "../../chaos/ping-record.ts";

/** Pings every 20 ms with a round trip of 40; those of `missing` have no answer. Times from 0. */
function record(count: number, missing: (sequence: number) => boolean, rttMs = 40) {
  const lines = Array.from({ length: count }, (_, sequence) => sequence)
    .filter((sequence) => !missing(sequence))
    .map((sequence) => {
      const at = ((sequence * 20 + rttMs) / 1000).toFixed(6);
      return `[${at}] 64 bytes from 100.64.0.1: icmp_seq=${sequence} ttl=64 time=${rttMs.toFixed(1)} ms`;
    });
  return parsePings(["PING 100.64.0.1 56(84) bytes of data.", ...lines].join("\n"));
}

describe("pings of an attempt", () => {
  it("are parsed, doubles apart", () => {
    const line = "[1.500] 64 bytes from 100.64.0.1: icmp_seq=7 ttl=64 time=40.0 ms";
    const { replies, duplicates } = parsePings(`${line}\n${line} (DUP!)\n[1.6] no answer yet for icmp_seq=8\n`);
    assert.equal(duplicates, 1);
    assert.deepEqual(
      replies.map(({ sequence, sentAt, receivedAt }) => [sequence, Math.round(sentAt), Math.round(receivedAt)]),
      [[7, 1460, 1500]],
    );
  });

  it("that all came are no outage", () => {
    const verdict = judgePings(
      record(200, () => false),
      { began: 1000, ended: 2000 },
      4000,
      3000,
    );
    assert.equal(verdict.recoveryMs, 0);
    assert.equal(verdict.lost + verdict.lostInFlight, 0);
    assert.ok(verdict.silenceMs < 50, String(verdict.silenceMs));
  });

  it("count from the end of the fault until they come again for good", () => {
    // Away from 1000 to 2500, one answer at 2140, and away again until 3000.
    const away = (sequence: number) => sequence >= 50 && sequence < 148 && sequence !== 105;
    const verdict = judgePings(record(300, away), { began: 1000, ended: 2000 }, 6000, 3000);
    assert.equal(verdict.recoveryMs, 1000);
    assert.equal(verdict.lost, 0);
    assert.equal(verdict.lostInFlight, 97);
    assert.ok(Math.round(verdict.silenceMs) >= 1000);
  });

  it("that go missing soon after it are part of the outage", () => {
    const away = (sequence: number) => (sequence >= 50 && sequence < 75) || sequence === 100;
    const verdict = judgePings(record(300, away), { began: 1000, ended: 1200 }, 6000, 3000);
    assert.equal(verdict.lost, 0);
    assert.equal(Math.round(verdict.recoveryMs ?? 0), 800);
  });

  it("that are missing before the fault, or when traffic must be back, are lost", () => {
    const away = (sequence: number) => (sequence >= 50 && sequence < 75) || sequence === 10 || sequence === 300;
    const verdict = judgePings(record(400, away), { began: 1000, ended: 1200 }, 8000, 3000);
    assert.equal(verdict.lost, 2);
    assert.equal(verdict.lostInFlight, 25);
  });

  it("that do not come back are said not to", () => {
    const verdict = judgePings(
      record(100, (sequence) => sequence >= 50),
      { began: 1000, ended: 1200 },
      4000,
      3000,
    );
    assert.equal(verdict.recoveryMs, undefined);
  });
});

describe("inventories", () => {
  it("differ by what is gone and what is left over, counted", () => {
    assert.deepEqual(compareInventories(["a", "b", "b"], ["a", "b", "c"]), ["gone: b", "left over: c"]);
    assert.deepEqual(compareInventories(["a", "b"], ["a", "b"]), []);
  });
});
