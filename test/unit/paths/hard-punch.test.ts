import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { BirthdayDesk } from "../../../src/paths/birthday-desk.ts";
import { HardPunch } from "../../../src/paths/hard-punch.ts";
import { ProbeBudget } from "../../../src/paths/probe-budget.ts";
import {
  formatSocketAddress,
  type HardPunchMessage,
  type NatHint,
  nodeKeyFromBytes,
} from "../../../src/protocol/index.ts";

const DEPENDENT: NatHint = { mapping: "dependent", allocation: "random", step: 0 };
const INDEPENDENT: NatHint = { mapping: "endpoint-independent", allocation: "preserving", step: 0 };
const SERVER = formatSocketAddress("203.0.113.10", 3478);
const PEER_IP = "198.51.100.7";
/** After its start an attempt waits for the cheap punch. */
const BEGIN_MS = 300;

/** RFC 8489: a success response with XOR-MAPPED-ADDRESS. */
function bindingResponse(transactionId: Uint8Array, port: number): Uint8Array {
  const mapped = Buffer.from("0020000800010000e112a643", "hex");
  mapped.writeUInt16BE(port ^ 0x2112, 6);
  return Buffer.concat([Buffer.from("0101000c2112a442", "hex"), transactionId, mapped]);
}

/** The hard side of one peer, on a node's desk. */
class Side {
  readonly punch: HardPunch;
  #ports = 2000;

  constructor(desk: BirthdayDesk, budget: ProbeBudget, number: number) {
    let random = 0;
    this.punch = new HardPunch({
      channel: { seal: () => new Uint8Array(1), open: () => undefined },
      budget,
      birthdays: desk.forPeer(nodeKeyFromBytes(new Uint8Array(32).fill(number))),
      random: (length) => new Uint8Array(length).fill((random += 1)),
      stunServer: () => SERVER,
    });
    this.punch.handleOwnNat(DEPENDENT, 0);
    const claims = [{ kind: "reflexive", address: formatSocketAddress(PEER_IP, 7) } as const];
    this.punch.handlePeer({ nat: INDEPENDENT, claims, observed: [PEER_IP] }, 0);
    this.punch.handleAttempt(0);
  }

  /** What it says, after what it asked of sockets and STUN was granted: ports far from each other. */
  run(now: number): readonly HardPunchMessage[] {
    this.punch.handleTimeout(now);
    const count = this.punch.pollSockets();
    if (count > 0)
      this.punch.handleSockets(
        Array.from({ length: count }, (_, index) => index + 1),
        now,
      );
    for (let next = this.punch.pollTransmit(now); next !== undefined; next = this.punch.pollTransmit(now)) {
      if (next.stunTransactionId === undefined) continue;
      this.punch.handleStun(bindingResponse(next.stunTransactionId, (this.#ports += 5000)), SERVER, now);
    }
    const said: HardPunchMessage[] = [];
    for (let next = this.punch.pollMessage(now); next !== undefined; next = this.punch.pollMessage(now))
      said.push(next);
    return said;
  }

  answer(step: "accept" | "refuse", to: HardPunchMessage | undefined, now: number): void {
    assert.equal(to?.step, "propose");
    this.punch.handleMessage({ ...to, step }, now);
  }
}

describe("a birthday attempt that has to wait", () => {
  let one: Side;
  let other: Side;

  beforeEach(() => {
    const budget = new ProbeBudget();
    const desk = new BirthdayDesk(budget);
    [one, other] = [new Side(desk, budget, 1), new Side(desk, budget, 2)];
  });

  it("begins when that of another peer is over, though the pair's own attempt has long ended", () => {
    const [proposal] = one.run(BEGIN_MS);
    assert.equal(proposal?.step, "propose");
    assert.deepEqual(other.run(BEGIN_MS), []);
    assert.equal(other.punch.report().outcome, "busy");
    other.punch.handleAttemptOver();
    for (let now = 1300; now < 5300; now += 1000) assert.deepEqual(other.run(now), []);
    one.punch.stop();
    const retryAt = other.punch.report().retryAt ?? Infinity;
    assert.ok(retryAt <= 5300);
    assert.equal(other.punch.pollTimeout(), retryAt);
    const [step] = other.run(retryAt).map((message) => message.step);
    assert.equal(step, "propose", "without measuring again");
  });

  it("is proposed again, ever later, to a peer that is busy itself", () => {
    let [proposal] = one.run(BEGIN_MS);
    let now = BEGIN_MS;
    const pauses: number[] = [];
    for (let round = 0; round < 7; round++) {
      one.answer("refuse", proposal, now);
      assert.equal(one.punch.report().outcome, "refused");
      const retryAt = one.punch.pollTimeout() ?? Infinity;
      pauses.push(retryAt - now);
      now = retryAt;
      [proposal] = one.run(now);
    }
    for (const [index, longestMs] of [1000, 2000, 4000, 8000, 16_000, 20_000, 20_000].entries()) {
      const pauseMs = pauses[index] ?? 0;
      assert.ok(pauseMs >= longestMs / 2 && pauseMs <= longestMs, `${pauseMs} of ${longestMs} ms`);
    }
  });

  it("does not wait any more when contact is over or a path is there", () => {
    one.run(BEGIN_MS);
    other.run(BEGIN_MS);
    assert.notEqual(other.punch.pollTimeout(), undefined);
    other.punch.stop();
    assert.equal(other.punch.pollTimeout(), undefined);
    assert.equal(other.punch.report().retryAt, undefined);
  });
});

it("another network is measured anew", () => {
  const budget = new ProbeBudget();
  const one = new Side(new BirthdayDesk(budget), budget, 1);
  one.answer("refuse", one.run(BEGIN_MS)[0], BEGIN_MS);
  one.punch.handleNetworkChange();
  assert.equal(one.punch.pollTimeout(), undefined);
  one.punch.handleAttempt(1000);
  one.punch.handleTimeout(1000 + BEGIN_MS);
  assert.equal(one.punch.pollSockets(), 4);
});
