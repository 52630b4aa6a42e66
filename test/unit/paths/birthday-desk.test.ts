import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ATTEMPT_MAX_MS,
  ATTEMPT_MAX_PACKETS,
  BirthdayDesk,
  MAX_EXTRA_SOCKETS,
} from "../../../src/paths/birthday-desk.ts";
import { PROBE_BUDGET, ProbeBudget } from "../../../src/paths/probe-budget.ts";
import { nodeKeyFromBytes } from "../../../src/protocol/index.ts";

const [ONE, OTHER] = [nodeKeyFromBytes(new Uint8Array(32).fill(1)), nodeKeyFromBytes(new Uint8Array(32).fill(2))];
const MINUTE = 60_000;

/** Begins, sends a packet, and fails; false if it may not begin. */
function failedAttempt(desk: BirthdayDesk, now: number): boolean {
  const lease = desk.forPeer(ONE).begin(now);
  if (lease === undefined) return false;
  assert.ok(lease.takePacket(now));
  lease.end(false);
  return true;
}

test("one attempt of the node at a time, and not longer than eight seconds", () => {
  const desk = new BirthdayDesk(new ProbeBudget());
  const lease = desk.forPeer(ONE).begin(0);
  assert.ok(lease !== undefined);
  assert.equal(desk.forPeer(OTHER).begin(ATTEMPT_MAX_MS - 1), undefined);
  assert.ok(desk.forPeer(OTHER).begin(ATTEMPT_MAX_MS) !== undefined);
  assert.equal(ATTEMPT_MAX_MS, 8000);
  assert.equal(lease.takePacket(ATTEMPT_MAX_MS), false);
});

test("at most 2600 packets, spread over the seconds, and never the node's whole budget", () => {
  const budget = new ProbeBudget();
  const lease = new BirthdayDesk(budget).forPeer(ONE).begin(0);
  assert.ok(lease !== undefined);
  const times: number[] = [];
  for (let now = 0; now < ATTEMPT_MAX_MS; now++) while (lease.takePacket(now)) times.push(now);
  assert.ok(times.length <= ATTEMPT_MAX_PACKETS);
  assert.equal(ATTEMPT_MAX_PACKETS, 2600);
  for (const first of times) {
    const within = times.filter((at) => at >= first && at < first + 1000).length;
    assert.ok(within <= PROBE_BUDGET - 250, `${within} in a second`);
    const atOnce = times.filter((at) => at >= first && at < first + 10).length;
    assert.ok(atOnce <= 13, `${atOnce} in 10 ms`);
  }
});

test("two attempts for a peer in the first ten minutes, then ever more rarely, to one in hours", () => {
  const desk = new BirthdayDesk(new ProbeBudget());
  const begun: number[] = [];
  for (let now = 0; now < 48 * 60 * MINUTE; now += MINUTE / 2) if (failedAttempt(desk, now)) begun.push(now);
  assert.equal(begun.filter((at) => at < 10 * MINUTE).length, 2);
  const pauses = begun.slice(2).map((at, i) => (at - (begun[i + 1] ?? 0)) / MINUTE);
  assert.deepEqual(pauses.slice(0, 6), [10, 20, 40, 80, 160, 240]);
  assert.ok(pauses.slice(5).every((minutes) => minutes === 240));
});

test("another network makes up for failures, not for what was spent", () => {
  const desk = new BirthdayDesk(new ProbeBudget());
  assert.ok(failedAttempt(desk, 0) && failedAttempt(desk, 1000));
  desk.handleNetworkChange();
  assert.equal(failedAttempt(desk, 2000), false);
  assert.ok(failedAttempt(desk, 10 * MINUTE));
});

test("an attempt that sent nothing is none", () => {
  const desk = new BirthdayDesk(new ProbeBudget());
  for (let now = 0; now < 10_000; now += 1000) {
    const lease = desk.forPeer(ONE).begin(now);
    assert.ok(lease !== undefined);
    lease.end(false);
  }
});

test("no more than 256 extra sockets, whoever asks", () => {
  const desk = new BirthdayDesk(new ProbeBudget());
  assert.equal(MAX_EXTRA_SOCKETS, 256);
  assert.equal(desk.forPeer(ONE).takeSockets(200), 200);
  assert.equal(desk.forPeer(OTHER).takeSockets(200), 56);
  desk.forPeer(ONE).returnSockets(10);
  assert.equal(desk.forPeer(OTHER).takeSockets(200), 10);
});

test("a peer that is removed leaves nothing behind once what was spent on it may be spent again, and until then it is remembered", () => {
  const desk = new BirthdayDesk(new ProbeBudget());
  assert.ok(failedAttempt(desk, 0));
  assert.ok(failedAttempt(desk, MINUTE));
  desk.forget(ONE, 2 * MINUTE);
  assert.equal(failedAttempt(desk, 3 * MINUTE), false, "it came back: not a third time in ten minutes");
  desk.forget(ONE, 4 * MINUTE);
  assert.equal(desk.peers, 1);
  for (let number = 3; number < 250; number += 1) {
    const stranger = nodeKeyFromBytes(new Uint8Array(32).fill(number));
    desk.forPeer(stranger);
    desk.forget(stranger, 30 * MINUTE);
  }
  assert.equal(desk.peers, 0);
});
