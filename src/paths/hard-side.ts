// Reaching a peer with one address of its own from behind a NAT that maps per destination (docs/protocol.md, "Hard NATs").
//
// Measuring: four new sockets send in one go - the first and the last ask a STUN server, the two in between ping the peer. If the
// NAT counts its ports up, the two answers enclose where the pings' mappings are: predicting, the peer is told those few addresses
// and pings them, while our pings keep the mappings open. If the ports are random, or prediction finds nothing: proposing, the
// peer is asked for a birthday attempt; then spraying, as many new sockets as there may be ping the peer once each, and it is
// told to go: listening, while it pings random ports of our address. What arrives in one of the sockets is nothing special: the
// machine of the peer answers it, pings back through the same socket, and has a path (peer-paths.ts).
//
// Where another peer's birthday attempt goes on, here or on the other side, this one waits for its turn (`retryAt`): it is not lost
// until the pair's next attempt, which may come at the same moment as those of all others again.
//
// Assumes: `start` names an address that the mesh's servers saw the peer at.
import { decodeBindingResponse, encodeBindingRequest, STUN_TRANSACTION_ID_BYTES } from "../nat/stun.ts";
import type { SocketAddress } from "../protocol/address.ts";
import { TRANSACTION_ID_BYTES } from "../protocol/limits.ts";
import type { HardPunchMessage, HardPunchMethod } from "../protocol/messages.ts";
import { type Milliseconds, SECOND_MS } from "../protocol/units.ts";
import { backoffMs } from "./backoff.ts";
import type { Lease, PeerBirthdays } from "./birthday-desk.ts";
import { predictBetween } from "./port-prediction.ts";
import type { ProbeBudget } from "./probe-budget.ts";
import type { DiscoChannel, DiscoTransmit, HardOutcome, RandomBytes } from "./types.ts";

const MEASURING_SOCKETS = 4;
/** What is left of the engine's 256 measures for other peers and carries paths. */
export const BIRTHDAY_SOCKETS = 240;
/** Fewer meet too rarely to be worth the other side's thousand packets. */
const FEWEST_BIRTHDAY_SOCKETS = 128;
/** A question without an answer is asked again then: without both answers the whole attempt is lost. */
const MEASURE_REPEATS_AT_MS: readonly Milliseconds[] = [150, 350, 600];
const MEASURE_MS: Milliseconds = 1000;
/** As a burst's (targets.ts): each ping may be the first to find the peer's filter open. */
const PREDICTION_PINGS_AT_MS: readonly Milliseconds[] = [100, 200, 400, 800, 1400];
const PREDICTION_MS: Milliseconds = 2 * SECOND_MS;
/** Messages go over relays, by UDP: each is said more than once, and counts once. */
const SAY_AT_MS: readonly Milliseconds[] = [0, 200, 600];
const PROPOSAL_MS: Milliseconds = 1500;
/** The other side's probes are all sent in three seconds; then the sockets are of no use. */
const LISTENING_MS: Milliseconds = 5 * SECOND_MS;
/** How often a waiting one looks whether it is its turn. */
const TURN_MS: Milliseconds = SECOND_MS;
/** Asking costs little, a packet over the relay. Each pause is cut at random, down to its half. */
const LONGEST_REFUSAL_PAUSE_MS: Milliseconds = 20 * SECOND_MS;
/** A NAT that was seen to draw its ports is not measured again for each look. */
const RANDOM_HOLDS_MS: Milliseconds = 60 * SECOND_MS;

export interface HardSideOptions {
  readonly channel: DiscoChannel;
  readonly budget: ProbeBudget;
  readonly birthdays: PeerBirthdays;
  readonly random: RandomBytes;
  /** One of the mesh's, of the family IPv4. */
  readonly stunServer: () => SocketAddress | undefined;
}

interface Query {
  readonly socket: number;
  readonly server: SocketAddress;
  readonly transactionId: Uint8Array;
  answer: SocketAddress | undefined;
}

type State =
  | { readonly kind: "idle" }
  | { readonly kind: "opening"; readonly lease: Lease | undefined }
  | {
      readonly kind: "measuring";
      readonly startedAt: Milliseconds;
      readonly queries: readonly [Query, Query];
      repeated: number;
    }
  | { readonly kind: "predicting"; readonly startedAt: Milliseconds; pinged: number }
  | { readonly kind: "proposing"; readonly startedAt: Milliseconds; readonly lease: Lease }
  | { readonly kind: "spraying"; readonly lease: Lease }
  | { readonly kind: "listening"; readonly lease: Lease; readonly until: Milliseconds };

export class HardSide {
  readonly #options: HardSideOptions;
  #state: State = { kind: "idle" };
  #target: SocketAddress | undefined;
  #attempt = 0;
  #sockets: readonly number[] = [];
  #socketsWanted = 0;
  /** What is said to the peer, and when it was first said. */
  #saying: { readonly message: HardPunchMessage; readonly since: Milliseconds; said: number } | undefined;
  #queries: Query[] = [];
  #pings: number[] = [];
  #outcome: HardOutcome | undefined;
  /** As measured last. */
  #measurement: { readonly allocation: "sequential" | "random"; readonly at: Milliseconds } | undefined;
  #retryAt: Milliseconds | undefined;
  /** Refusals in a row. */
  #refusals = 0;

  constructor(options: HardSideOptions) {
    this.#options = options;
  }

  get isIdle(): boolean {
    return this.#state.kind === "idle";
  }

  /** What this side is at. */
  get method(): HardPunchMethod | undefined {
    switch (this.#state.kind) {
      case "idle":
        return undefined;
      case "measuring":
      case "predicting":
        return "prediction";
      case "opening":
        return this.#state.lease === undefined ? "prediction" : "birthday";
      case "proposing":
      case "spraying":
      case "listening":
        return "birthday";
    }
  }

  /** Why the last one ended without a path. */
  get outcome(): HardOutcome | undefined {
    return this.#outcome;
  }

  /** When to start again without being asked to. */
  get retryAt(): Milliseconds | undefined {
    return this.#retryAt;
  }

  /** The rest may be closed. */
  get sockets(): readonly number[] {
    return this.#sockets;
  }

  /** False where it could not lead to anything now. */
  start(target: SocketAddress, now: Milliseconds): boolean {
    const { birthdays, random } = this.#options;
    const isRandom = this.#measurement?.allocation === "random";
    this.#retryAt = undefined;
    if (!this.isIdle || (isRandom && now < birthdays.permittedAt())) return false;
    if (isRandom && birthdays.isBusy(now)) {
      this.#retryAt = now + TURN_MS;
      return false;
    }
    this.#target = target;
    const bytes = random(4);
    this.#attempt = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
    this.#outcome = undefined;
    if (isRandom && this.#measurement !== undefined && now < this.#measurement.at + RANDOM_HOLDS_MS) this.#propose(now);
    else this.#open(MEASURING_SOCKETS, MEASURING_SOCKETS, undefined);
    return true;
  }

  /** What was measured is true no more. */
  handleNetworkChange(): void {
    this.#measurement = undefined;
    this.#refusals = 0;
    this.forgetRetry();
  }

  forgetRetry(): void {
    this.#retryAt = undefined;
  }

  /** A path is there, or contact is over. */
  stop(succeeded: boolean): void {
    if ("lease" in this.#state) this.#state.lease?.end(succeeded);
    this.#end(undefined);
    this.forgetRetry();
  }

  /** The engine's answer to the sockets wanted; none if it could not. */
  handleSockets(sockets: readonly number[], now: Milliseconds): void {
    if (this.#state.kind !== "opening") return;
    this.#sockets = sockets;
    const { lease } = this.#state;
    if (sockets.length === 0) this.#end("no-sockets");
    else if (lease === undefined) this.#measure(sockets, now);
    else {
      this.#pings = [...sockets];
      this.#state = { kind: "spraying", lease };
    }
  }

  handleStun(datagram: Uint8Array, from: SocketAddress, now: Milliseconds): void {
    if (this.#state.kind !== "measuring") return;
    const response = decodeBindingResponse(datagram);
    if (response === undefined) return;
    const { queries } = this.#state;
    const query = queries.find(({ transactionId }) => Buffer.compare(transactionId, response.transactionId) === 0);
    if (query?.server !== from) return;
    query.answer ??= response.mapped;
    const [before, after] = queries.map(({ answer }) => answer);
    if (before !== undefined && after !== undefined) this.#measured(before, after, now);
  }

  handleMessage({ step, attempt }: HardPunchMessage, now: Milliseconds): void {
    if (attempt !== this.#attempt || this.#state.kind !== "proposing") return;
    if (step === "accept") {
      this.#refusals = 0;
      this.#open(BIRTHDAY_SOCKETS, FEWEST_BIRTHDAY_SOCKETS, this.#state.lease);
    }
    if (step === "refuse") this.#refused(now);
    this.handleTimeout(now);
  }

  handleTimeout(now: Milliseconds): void {
    const state = this.#state;
    switch (state.kind) {
      case "idle":
      case "opening":
        return;
      case "measuring":
        if (now >= state.startedAt + (MEASURE_REPEATS_AT_MS[state.repeated] ?? Infinity)) {
          state.repeated += 1;
          this.#queries = state.queries.filter(({ answer }) => answer === undefined);
        }
        if (now >= state.startedAt + MEASURE_MS) this.#end("no-answer-of-stun");
        return;
      case "predicting": {
        const due = PREDICTION_PINGS_AT_MS.findLastIndex((ms) => now >= state.startedAt + ms) + 1;
        if (due > state.pinged) this.#pings = [...this.#sockets];
        state.pinged = Math.max(due, state.pinged);
        if (now >= state.startedAt + PREDICTION_MS) this.#propose(now);
        return;
      }
      case "proposing":
        if (now >= state.startedAt + PROPOSAL_MS) this.#refused(now);
        return;
      case "spraying":
      case "listening":
        if (state.lease.isOver(now) || (state.kind === "listening" && now >= state.until)) this.#fail("nothing-heard");
        else if (state.kind === "spraying" && this.#pings.length === 0) {
          this.#state = { kind: "listening", lease: state.lease, until: now + LISTENING_MS };
          this.#say({ step: "go", method: "birthday", predicted: [] }, now);
        }
        return;
    }
  }

  pollTimeout(): Milliseconds | undefined {
    const times: Milliseconds[] = [];
    const saying = this.#saying;
    if (saying !== undefined) times.push(saying.since + (SAY_AT_MS[saying.said] ?? Infinity));
    const state = this.#state;
    switch (state.kind) {
      case "idle":
      case "opening":
        break;
      case "measuring":
        times.push(state.startedAt + (MEASURE_REPEATS_AT_MS[state.repeated] ?? MEASURE_MS));
        break;
      case "predicting":
        times.push(state.startedAt + (PREDICTION_PINGS_AT_MS[state.pinged] ?? PREDICTION_MS));
        break;
      case "proposing":
        times.push(state.startedAt + PROPOSAL_MS);
        break;
      case "spraying":
        times.push(state.lease.endsAt);
        break;
      case "listening":
        times.push(Math.min(state.lease.endsAt, state.until));
        break;
    }
    if (this.#pings.length > 0 || this.#queries.length > 0) {
      times.push(
        "lease" in state && state.lease ? state.lease.packetsAgainAt() : this.#options.budget.againAt("probe"),
      );
    }
    const earliest = Math.min(...times);
    return earliest === Infinity ? undefined : earliest;
  }

  /** How many sockets to open, once. */
  pollSockets(): number {
    const wanted = this.#socketsWanted;
    this.#socketsWanted = 0;
    return wanted;
  }

  pollMessage(now: Milliseconds): HardPunchMessage | undefined {
    const saying = this.#saying;
    const dueMs = saying && SAY_AT_MS[saying.said];
    if (saying === undefined || dueMs === undefined || now < saying.since + dueMs) return undefined;
    saying.said += 1;
    return saying.message;
  }

  pollTransmit(now: Milliseconds): DiscoTransmit | undefined {
    // The order matters while measuring: a question, the pings, the other question.
    const [query] = this.#queries;
    const isFirst = query !== undefined && (this.#pings.length === 0 || this.#queries.length === 2);
    if (isFirst) {
      if (!this.#options.budget.take("probe", now)) return undefined;
      this.#queries.shift();
      const { server, socket, transactionId } = query;
      const to = { kind: "direct", address: server, socket } as const;
      return { data: encodeBindingRequest(transactionId), to, stunTransactionId: transactionId };
    }
    const [socket] = this.#pings;
    if (socket === undefined || this.#target === undefined || !this.#takePacket(now)) return undefined;
    this.#pings.shift();
    const transactionId = this.#options.random(TRANSACTION_ID_BYTES);
    const data = this.#options.channel.seal({ kind: "ping", transactionId, paddingBytes: 0 });
    if (this.#pings.length === 0) this.handleTimeout(now);
    return { data, to: { kind: "direct", address: this.#target, socket } };
  }

  #takePacket(now: Milliseconds): boolean {
    const state = this.#state;
    return "lease" in state && state.lease ? state.lease.takePacket(now) : this.#options.budget.take("probe", now);
  }

  #open(wanted: number, fewest: number, lease: Lease | undefined): void {
    const { birthdays } = this.#options;
    this.#saying = undefined;
    this.#state = { kind: "opening", lease };
    this.#socketsWanted = birthdays.takeSockets(wanted);
    if (this.#socketsWanted >= fewest) return;
    birthdays.returnSockets(this.#socketsWanted);
    this.#socketsWanted = 0;
    this.#fail("no-sockets");
  }

  #measure(sockets: readonly number[], now: Milliseconds): void {
    const server = this.#options.stunServer();
    const [first, second, third, fourth] = sockets;
    if (
      server === undefined ||
      first === undefined ||
      second === undefined ||
      third === undefined ||
      fourth === undefined
    ) {
      this.#end("no-answer-of-stun");
      return;
    }
    const query = (socket: number): Query => {
      return { socket, server, transactionId: this.#options.random(STUN_TRANSACTION_ID_BYTES), answer: undefined };
    };
    const queries = [query(first), query(fourth)] as const;
    this.#queries = [...queries];
    this.#pings = [second, third];
    this.#state = { kind: "measuring", startedAt: now, queries, repeated: 0 };
  }

  #measured(before: SocketAddress, after: SocketAddress, now: Milliseconds): void {
    const predicted = predictBetween(before, after);
    this.#measurement = { allocation: predicted === undefined ? "random" : "sequential", at: now };
    this.#queries = [];
    if (predicted === undefined) {
      this.#propose(now);
      return;
    }
    this.#sockets = this.#sockets.slice(1, -1);
    this.#state = { kind: "predicting", startedAt: now, pinged: 0 };
    this.#say({ step: "go", method: "prediction", predicted }, now);
  }

  #propose(now: Milliseconds): void {
    const { birthdays } = this.#options;
    const lease = birthdays.begin(now);
    if (lease === undefined) {
      const isBusy = now >= birthdays.permittedAt();
      this.#end(isBusy ? "busy" : "not-permitted");
      if (isBusy) this.#retryAt = now + TURN_MS;
      return;
    }
    this.#sockets = [];
    this.#pings = [];
    this.#state = { kind: "proposing", startedAt: now, lease };
    this.#say({ step: "propose", method: "birthday", predicted: [] }, now);
  }

  #say(message: Omit<HardPunchMessage, "kind" | "attempt">, now: Milliseconds): void {
    this.#saying = { message: { kind: "hard-punch", attempt: this.#attempt, ...message }, since: now, said: 0 };
  }

  /** The peer is likely to be busy with another one: later, and at another moment than others that were refused with us. */
  #refused(now: Milliseconds): void {
    this.#fail("refused");
    this.#refusals += 1;
    const [jitter = 0] = this.#options.random(1);
    const pauseMs = Math.min(backoffMs(this.#refusals), LONGEST_REFUSAL_PAUSE_MS);
    this.#retryAt = now + pauseMs * (1 - jitter / 512);
  }

  #fail(outcome: HardOutcome): void {
    if ("lease" in this.#state) this.#state.lease?.end(false);
    this.#end(outcome);
  }

  #end(outcome: HardOutcome | undefined): void {
    this.#state = { kind: "idle" };
    this.#outcome = outcome;
    this.#sockets = [];
    this.#socketsWanted = 0;
    this.#pings = [];
    this.#queries = [];
    this.#saying = undefined;
  }
}
