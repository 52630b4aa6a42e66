// Learns the address others see this node at, per family, from the mesh's STUN servers.
//
// Time passes in rounds. A round asks up to two servers of a family at once, each with its own transaction and a few
// retransmissions; the first answer is told at once, since a waiting peer needs it, and the second one shows whether the NAT's
// mapping depends on the destination (RFC 4787 §4.1) - a hint for people, never a reason not to try. A round ends when all have
// answered or its time is over. The next one follows after 25 s while some peer is active (the mapping is kept and a change
// noticed), after ten minutes otherwise, after a growing delay if nobody answered, and at once when the network changes or the
// servers do. Behind a NAT that maps per destination the address known before is kept as long as some server still sees it, so
// that two servers answering in turn do not look like a moving node.
//
// Assumes that the socket is the engine's, and that only answers to announced transactions arrive.
import { type IpFamily, type SocketAddress, splitSocketAddress } from "../protocol/address.ts";
import { type Milliseconds, SECOND_MS } from "../protocol/units.ts";
import { decodeBindingResponse, encodeBindingRequest, STUN_TRANSACTION_ID_BYTES } from "./stun.ts";
import { type NatProfile, type NatSample, profileOf, UNKNOWN_PROFILE } from "./profile.ts";
import type { ReflexiveEvent, ReflexiveMachine, StunTransmit } from "./types.ts";

/** Two tell whether mapping depends on the destination; more would only load the servers. */
const SERVERS_PER_ROUND = 2;
/**
 * RFC 8489 §6.2.1 with an RTO of 200 ms instead of 500 and four sends instead of seven: an answer is worth most in the first
 * second of a contact, and the next round comes anyway.
 */
const SEND_AT_MS: readonly Milliseconds[] = [0, 200, 600, 1400];
const ROUND_MS: Milliseconds = 3 * SECOND_MS;
/** How long an answer may take after the round's first send; what comes later is stale. */
export const STUN_TRANSACTION_TTL_MS: Milliseconds = ROUND_MS;
/** Below the 30 s that common NATs keep a UDP mapping (RFC 4787 §4.3 asks for two minutes). */
const ACTIVE_REFRESH_MS: Milliseconds = 25 * SECOND_MS;
const IDLE_REFRESH_MS: Milliseconds = 600 * SECOND_MS;
const FIRST_RETRY_MS: Milliseconds = SECOND_MS;
const ACTIVE_RETRY_MAX_MS: Milliseconds = 60 * SECOND_MS;
/** Network changes come in bursts (address, route, default route): one round for each burst. */
const MIN_ROUND_GAP_MS: Milliseconds = 200;

interface Query {
  readonly server: SocketAddress;
  readonly transactionId: Uint8Array;
  sent: number;
  answer: SocketAddress | undefined;
}

interface Round {
  readonly startedAt: Milliseconds;
  readonly queries: readonly Query[];
}

interface FamilyState {
  readonly family: IpFamily;
  servers: readonly SocketAddress[];
  /** Rotates after a round without an answer. */
  firstServer: number;
  known: SocketAddress | undefined;
  profile: NatProfile;
  round: Round | undefined;
  lastRoundAt: Milliseconds;
  nextRoundAt: Milliseconds | undefined;
  failures: number;
}

export interface ReflexiveOptions {
  readonly random: (length: number) => Uint8Array;
  /** The engine's: a NAT may preserve it. */
  readonly localPort: () => number;
}

export class Reflexive implements ReflexiveMachine {
  readonly #random: (length: number) => Uint8Array;
  readonly #localPort: () => number;
  readonly #families: readonly FamilyState[] = [newFamily(4), newFamily(6)];
  readonly #transmits: StunTransmit[] = [];
  readonly #events: ReflexiveEvent[] = [];
  #active = false;

  constructor({ random, localPort }: ReflexiveOptions) {
    this.#random = random;
    this.#localPort = localPort;
  }

  handleServers(servers: readonly SocketAddress[], now: Milliseconds): void {
    for (const state of this.#families) {
      const ofFamily = servers.filter((server) => splitSocketAddress(server).family === state.family);
      if (ofFamily.join() === state.servers.join()) continue;
      state.servers = ofFamily;
      state.firstServer = 0;
      this.#askSoon(state, now);
    }
    this.handleTimeout(now);
  }

  handleActivity(active: boolean, now: Milliseconds): void {
    if (active === this.#active) return;
    this.#active = active;
    for (const state of this.#families) {
      if (state.round === undefined && state.servers.length > 0) {
        state.nextRoundAt = Math.max(now, state.lastRoundAt + this.#pauseMs(state));
      }
    }
    this.handleTimeout(now);
  }

  handleNetworkChange(now: Milliseconds): void {
    for (const state of this.#families) this.#askSoon(state, now);
    this.handleTimeout(now);
  }

  handleDatagram(datagram: Uint8Array, from: SocketAddress, now: Milliseconds): void {
    const response = decodeBindingResponse(datagram);
    if (response === undefined) return;
    for (const state of this.#families) {
      const query = state.round?.queries.find((each) => sameBytes(each.transactionId, response.transactionId));
      if (query?.server !== from || query.answer !== undefined) continue;
      if (splitSocketAddress(response.mapped).family !== state.family) continue;
      query.answer = response.mapped;
      this.#learn(state);
      if (state.round?.queries.every(({ answer }) => answer !== undefined)) this.#endRound(state, now);
    }
  }

  handleTimeout(now: Milliseconds): void {
    for (const state of this.#families) {
      if (state.round !== undefined && now >= state.round.startedAt + ROUND_MS) this.#endRound(state, now);
      if (state.round === undefined && state.nextRoundAt !== undefined && now >= state.nextRoundAt) {
        this.#startRound(state, now);
      }
      if (state.round !== undefined) this.#sendDue(state.round, now);
    }
  }

  pollTimeout(): Milliseconds | undefined {
    const times = this.#families.flatMap(({ round, nextRoundAt }) =>
      round === undefined ? (nextRoundAt ?? []) : [round.startedAt + ROUND_MS, ...dueTimes(round)],
    );
    return times.length === 0 ? undefined : Math.min(...times);
  }

  pollTransmit(): StunTransmit | undefined {
    return this.#transmits.shift();
  }

  pollEvent(): ReflexiveEvent | undefined {
    return this.#events.shift();
  }

  addresses(): readonly SocketAddress[] {
    return this.#families.map(({ known }) => known).filter((address) => address !== undefined);
  }

  profile(family: IpFamily): NatProfile {
    return this.#families.find((state) => state.family === family)?.profile ?? UNKNOWN_PROFILE;
  }

  #askSoon(state: FamilyState, now: Milliseconds): void {
    state.failures = 0;
    state.round = undefined;
    state.nextRoundAt = Math.max(now, state.lastRoundAt + MIN_ROUND_GAP_MS);
  }

  #startRound(state: FamilyState, now: Milliseconds): void {
    state.nextRoundAt = undefined;
    if (state.servers.length === 0) {
      this.#forget(state);
      return;
    }
    const rotated = [...state.servers.slice(state.firstServer), ...state.servers.slice(0, state.firstServer)];
    const queries = rotated.slice(0, SERVERS_PER_ROUND).map((server): Query => {
      return { server, transactionId: this.#random(STUN_TRANSACTION_ID_BYTES), sent: 0, answer: undefined };
    });
    state.lastRoundAt = now;
    state.round = { startedAt: now, queries };
  }

  #sendDue(round: Round, now: Milliseconds): void {
    for (const query of round.queries) {
      const dueMs = SEND_AT_MS[query.sent];
      if (query.answer !== undefined || dueMs === undefined || now < round.startedAt + dueMs) continue;
      // A late timer sends one, not all that were missed.
      query.sent = SEND_AT_MS.findLastIndex((ms) => now >= round.startedAt + ms) + 1;
      const { transactionId, server } = query;
      this.#transmits.push({ data: encodeBindingRequest(transactionId), address: server, transactionId });
    }
  }

  /** Called for every answer: tells a new address unless the known one is still seen by someone. */
  #learn(state: FamilyState): void {
    const answers = answersOf(state.round);
    const [first] = answers;
    if (first === undefined || (state.known !== undefined && answers.includes(state.known))) return;
    const undecided = state.profile.mapping === "dependent" && answers.length < (state.round?.queries.length ?? 0);
    if (state.known !== undefined && undecided) return;
    this.#know(state, first);
  }

  #endRound(state: FamilyState, now: Milliseconds): void {
    const answers = answersOf(state.round);
    const samples = samplesOf(state.round);
    const [first] = answers;
    state.round = undefined;
    if (first === undefined) {
      state.failures += 1;
      state.firstServer = (state.firstServer + SERVERS_PER_ROUND) % Math.max(1, state.servers.length);
      this.#forget(state);
    } else {
      state.failures = 0;
      if (state.known === undefined || !answers.includes(state.known)) this.#know(state, first);
      const profile = profileOf(samples, this.#localPort());
      // One server alone says less than two did before.
      if (samples.length > 1 || state.profile.mapping === "unknown") this.#setProfile(state, profile);
    }
    state.nextRoundAt = now + this.#pauseMs(state);
  }

  #pauseMs(state: FamilyState): Milliseconds {
    const refreshMs = this.#active ? ACTIVE_REFRESH_MS : IDLE_REFRESH_MS;
    if (state.failures === 0) return refreshMs;
    return Math.min(FIRST_RETRY_MS * 2 ** (state.failures - 1), this.#active ? ACTIVE_RETRY_MAX_MS : IDLE_REFRESH_MS);
  }

  #know(state: FamilyState, address: SocketAddress): void {
    state.known = address;
    this.#events.push({ type: "reflexive", family: state.family, address });
  }

  #forget(state: FamilyState): void {
    if (state.known !== undefined) this.#events.push({ type: "lost", family: state.family });
    state.known = undefined;
    this.#setProfile(state, UNKNOWN_PROFILE);
  }

  #setProfile(state: FamilyState, profile: NatProfile): void {
    const { mapping, allocation, step } = state.profile;
    const same = profile.mapping === mapping && profile.allocation === allocation && profile.step === step;
    state.profile = profile;
    if (!same) this.#events.push({ type: "profile", family: state.family, profile });
  }
}

function newFamily(family: IpFamily): FamilyState {
  return {
    family,
    servers: [],
    firstServer: 0,
    known: undefined,
    profile: UNKNOWN_PROFILE,
    round: undefined,
    lastRoundAt: -Infinity,
    nextRoundAt: undefined,
    failures: 0,
  };
}

function samplesOf(round: Round | undefined): readonly NatSample[] {
  return (round?.queries ?? []).flatMap(({ server, answer }) =>
    answer === undefined ? [] : [{ server, mapped: answer }],
  );
}

function answersOf(round: Round | undefined): readonly SocketAddress[] {
  return (round?.queries ?? []).map(({ answer }) => answer).filter((answer) => answer !== undefined);
}

function dueTimes(round: Round): readonly Milliseconds[] {
  const waiting = round.queries.filter(({ answer }) => answer === undefined);
  return waiting.map(({ sent }) => SEND_AT_MS[sent]).flatMap((ms) => (ms === undefined ? [] : round.startedAt + ms));
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
