// Sends sealed pings to one peer's addresses in bursts, inside the budgets, and matches the pongs. Knows nothing of paths: it says
// which address answered, and which did not until its burst was over.
import type { SocketAddress } from "../protocol/address.ts";
import { TRANSACTION_ID_BYTES } from "../protocol/limits.ts";
import type { Milliseconds } from "../protocol/units.ts";
import { OutstandingPings } from "./outstanding-pings.ts";
import { PeerProbeBudget, type ProbeBudget } from "./probe-budget.ts";
import { type RemoteKey, remoteOf } from "./remote.ts";
import { burstOver, forgive, nextBurstTime, probeDue, startBurst, type Target, Targets } from "./targets.ts";
import type { CandidateReport, DiscoChannel, DiscoTransmit, RandomBytes } from "./types.ts";

/** A triggered check that follows another probe sooner than this would tell nothing new. */
const TRIGGERED_GAP_MS: Milliseconds = 20;

export interface ProberOptions {
  readonly channel: DiscoChannel;
  /** The node's, shared by all its peers. */
  readonly budget: ProbeBudget;
  readonly random: RandomBytes;
  readonly mayProbe: (address: SocketAddress) => boolean;
}

export interface Answered {
  readonly target: Target;
  readonly rttMs: Milliseconds;
}

export class Prober {
  readonly targets = new Targets();
  readonly #options: ProberOptions;
  readonly #budget: PeerProbeBudget;
  readonly #pings = new OutstandingPings();
  /** To be pinged as soon as the budgets allow. */
  readonly #pending = new Set<Target>();

  constructor(options: ProberOptions) {
    this.#options = options;
    this.#budget = new PeerProbeBudget(options.budget);
  }

  startBursts(targets: Iterable<Target>, now: Milliseconds): void {
    for (const target of targets) startBurst(target, now);
  }

  /** One ping. */
  ping(target: Target): void {
    this.#pending.add(target);
  }

  /** Something authentic came from there: the way to it may be open now, so it is pinged at once. */
  check(target: Target, now: Milliseconds): void {
    if (now < target.heldUntil) return;
    if (target.burst === undefined) startBurst(target, now);
    else if (now >= target.lastProbeAt + TRIGGERED_GAP_MS) this.ping(target);
  }

  /** False if the budget has no room for an answer. */
  takeAnswer(now: Milliseconds): boolean {
    return this.#budget.takeAnswer(now);
  }

  handlePong(transactionId: Uint8Array, from: RemoteKey, now: Milliseconds): Answered | undefined {
    const rttMs = this.#pings.settle(transactionId, from, now);
    const target = this.targets.get(from);
    if (rttMs === undefined || target === undefined) return undefined;
    this.answered(target, rttMs, now);
    return { target, rttMs };
  }

  /** Also by other means than a pong: the engine's echoes. */
  answered(target: Target, rttMs: Milliseconds, now: Milliseconds): void {
    target.unanswered = 0;
    target.lastAnswerAt = now;
    target.rttMs = rttMs;
  }

  handleNetworkChange(): void {
    // A pong to a ping that left by the old network says nothing about the new one.
    this.#pings.clear();
    this.forgive();
  }

  /** The paths that died were not to blame. */
  forgive(): void {
    for (const target of this.targets.all()) forgive(target);
  }

  /** Contact is over; `worked` are probed first next time. */
  settle(worked: ReadonlySet<SocketAddress>): void {
    this.targets.settle(worked);
    this.#pings.clear();
    this.#pending.clear();
  }

  /** The targets whose bursts are over without an answer. */
  handleTimeout(now: Milliseconds): readonly Target[] {
    const silent: Target[] = [];
    for (const target of this.targets.all()) {
      if (burstOver(target, now)) {
        target.burst = undefined;
        silent.push(target);
      } else if (probeDue(target, now)) {
        this.ping(target);
      }
    }
    return silent;
  }

  pollTimeout(): Milliseconds | undefined {
    const times = this.targets
      .all()
      .map(nextBurstTime)
      .filter((time) => time !== undefined);
    if (this.#pending.size > 0) times.push(this.#budget.probesAgainAt());
    return times.length === 0 ? undefined : Math.min(...times);
  }

  pollTransmit(now: Milliseconds): DiscoTransmit | undefined {
    for (const target of this.#pending) {
      if (this.#options.mayProbe(target.address)) {
        if (!this.#budget.takeProbe(now)) return undefined;
        this.#pending.delete(target);
        return this.#send(target, now);
      }
      this.#pending.delete(target);
    }
    return undefined;
  }

  report(now: Milliseconds): readonly CandidateReport[] {
    return this.targets.all().map((target) => ({
      ...remoteOf(target),
      source: this.targets.sourceOf(target.key),
      probesSent: target.probesSent,
      probedAgoMs: agoMs(target.lastProbeAt, now),
      answeredAgoMs: agoMs(target.lastAnswerAt, now),
      rttMs: target.rttMs,
    }));
  }

  #send(target: Target, now: Milliseconds): DiscoTransmit {
    const { channel, random } = this.#options;
    const transactionId = random(TRANSACTION_ID_BYTES);
    this.#pings.add(transactionId, target.key, now);
    target.probesSent += 1;
    target.unanswered += 1;
    target.lastProbeAt = now;
    const data = channel.seal({ kind: "ping", transactionId, paddingBytes: 0 });
    return { data, to: { kind: "direct", ...remoteOf(target) } };
  }
}

/** Undefined if it never was. */
function agoMs(at: Milliseconds, now: Milliseconds): Milliseconds | undefined {
  return at === -Infinity ? undefined : now - at;
}
