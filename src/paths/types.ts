// What the path machines say and hear. They do no I/O: the daemon feeds them and carries out what they ask for.
import type { Candidate } from "../protocol/candidate.ts";
import type { DiscoBody, HardPunchMethod } from "../protocol/messages.ts";
import type { Milliseconds } from "../protocol/units.ts";
import type { SocketAddress } from "../protocol/address.ts";
import type { NatHint } from "../protocol/nat-hint.ts";
import type { Measured } from "./path-cost.ts";
import type { Remote } from "./remote.ts";

/** A way a datagram takes: straight to an address, or through a relay session (the daemon's handle, as in `engine.setRelay`). */
export type Route = DirectRoute | { readonly kind: "relay"; readonly relay: number };

export interface DirectRoute extends Remote {
  readonly kind: "direct";
}

/** One entry for `engine.setPaths`: `id` is unique within the peer and stays while the route stays. */
export type PeerPath = Route & { readonly id: number };

/** A sealed disco datagram to send: `engine.send({ data, address })` or `engine.send({ data, relay, peer })`. */
export interface DiscoTransmit {
  readonly data: Uint8Array;
  readonly to: Route;
  /** Not disco but a STUN request: `engine.expectStun([stunTransactionId], STUN_TRANSACTION_TTL_MS)` first. */
  readonly stunTransactionId?: Uint8Array;
}

/** Random bytes, from a cryptographic source except in simulations. */
export type RandomBytes = (length: number) => Uint8Array;

export type PeerPathsEvent =
  /** The ranking changed: hand `paths` to the engine; `reason` in words for the log. */
  | { readonly type: "paths"; readonly paths: readonly PeerPath[]; readonly reason: string }
  /** Ask the coordinator to have the peer probe us now (PunchRequest). */
  | {
      readonly type: "signal";
      readonly attempt: number;
      readonly candidates: readonly Candidate[];
      readonly nat: NatHint;
    }
  /** `engine.openSockets(count, 4)`, then `handleSockets`, with none if that failed. */
  | { readonly type: "open-sockets"; readonly count: number }
  /** `engine.closeSockets(sockets)`. */
  | { readonly type: "close-sockets"; readonly sockets: readonly number[] }
  /** The peer's engine started anew since we last heard it: what we know of its connection is void. */
  | { readonly type: "restarted" };

/** The peer's sealed disco channel: keys, counters and replay windows live behind it. */
export interface DiscoChannel {
  seal(body: DiscoBody): Uint8Array;
  /** Undefined for what is not authentic, malformed or replayed. */
  open(datagram: Uint8Array): OpenedDisco | undefined;
}

export interface OpenedDisco {
  readonly body: DiscoBody;
  /** First message of a boot other than the one heard before. */
  readonly restarted: boolean;
}

/** Why a peer is reached as it is, for `meshd why` and the log. */
export interface PathsReport {
  readonly state: "idle" | "active" | "invited";
  readonly probing: boolean;
  /** Attempts that failed in a row. */
  readonly failures: number;
  /** Until the next attempt, if one is due. */
  readonly retryInMs: Milliseconds | undefined;
  /** Our own addresses, as told to the peer. */
  readonly local: readonly SocketAddress[];
  readonly candidates: readonly CandidateReport[];
  readonly hard: HardPunchReport;
}

export interface CandidateReport {
  readonly address: SocketAddress;
  readonly source: CandidateSource;
  /** An extra socket of ours, where it is not the main one. */
  readonly socket?: number;
  readonly probesSent: number;
  /** Since the last probe and the last answer. */
  readonly probedAgoMs: Milliseconds | undefined;
  readonly answeredAgoMs: Milliseconds | undefined;
  /** Smoothed; undefined if it never answered. */
  readonly rttMs: Milliseconds | undefined;
}

/**
 * Where an address to probe came from: the netmap, the coordinator's notice, the peer's own word over disco, a packet of the
 * peer, the contact before, or the peer's measurement of its NAT.
 */
export type CandidateSource = "netmap" | "noticed" | "signalled" | "learned" | "last-known" | "predicted";

/**
 * Finds and ranks the ways to one peer (peer-paths.ts). Verbs as everywhere: after any `handle…`, drain `pollTransmit` and
 * `pollEvent` until undefined and arm a timer at `pollTimeout`.
 */
export interface PeerPathsMachine {
  /** The engine's "peer-active". */
  handleActive(now: Milliseconds): void;
  /** The engine's "peer-idle": forgets direct paths, stops all sending. */
  handleIdle(now: Milliseconds): void;
  /** What the netmap's presence entry says of the peer. */
  handleCandidates(candidates: readonly Candidate[], now: Milliseconds): void;
  /** PunchNotice from the coordinator. */
  handlePunchNotice(notice: PunchInvitation, now: Milliseconds): void;
  /** Our own candidates, whenever they change (src/nat/candidates.ts). */
  handleLocalCandidates(candidates: readonly Candidate[], now: Milliseconds): void;
  /** Relay handles with a live session through which the peer can be reached, best first. */
  handleRelays(relays: readonly number[], now: Milliseconds): void;
  /** The engine's "disco" datagrams of this peer. */
  handleDatagram(datagram: Uint8Array, from: Route, now: Milliseconds): void;
  /** The engine's "source-seen". */
  handleSourceSeen(from: Remote, now: Milliseconds): void;
  /** Our own NAT, whenever it seems to be another (src/nat/profile.ts). */
  handleOwnNat(nat: NatHint, now: Milliseconds): void;
  /** The engine's "stun" datagrams that came in by an extra socket. */
  handleStun(datagram: Uint8Array, from: SocketAddress, now: Milliseconds): void;
  /** Sockets that were opened for this peer. */
  handleSockets(sockets: readonly number[], now: Milliseconds): void;
  handlePathDead(id: number, now: Milliseconds): void;
  handlePathAlive(id: number, rttMs: Milliseconds, now: Milliseconds): void;
  /** What the engine's echoes say of the paths, now and then (`stats()`). */
  handleMeasurements(paths: readonly PathMeasurement[], now: Milliseconds): void;
  /** Interfaces or routes of this host changed. Call `handleLocalCandidates` as well when the new ones are known. */
  handleNetworkChange(now: Milliseconds): void;
  handleTimeout(now: Milliseconds): void;
  pollTimeout(): Milliseconds | undefined;
  /** Takes from the node's probe budget, hence the clock. */
  pollTransmit(now: Milliseconds): DiscoTransmit | undefined;
  pollEvent(): PeerPathsEvent | undefined;
  report(now: Milliseconds): PathsReport;
}

export interface PathMeasurement extends Measured {
  readonly id: number;
}

export interface PunchInvitation {
  readonly candidates: readonly Candidate[];
  readonly attempt: number;
  /** The peer's, if it told. */
  readonly nat?: NatHint;
  /** IPs that coordinator or relay saw the peer at; only a notice tells. */
  readonly observed?: readonly string[];
}

// ---- relay sessions

export interface RelayTransmit {
  readonly data: Uint8Array;
  readonly address: SocketAddress;
}

export type RelaySessionEvent =
  /**
   * Datagrams of relay control are awaited from these addresses: give each its own engine handle with
   * `setRelay(handle(address), address, 0)` before sending what `pollTransmit` yields.
   */
  | { readonly type: "listen"; readonly addresses: readonly SocketAddress[] }
  /** Registered: `setRelay(handle(address), address, session)`. */
  | { readonly type: "session"; readonly address: SocketAddress; readonly session: number }
  /** The relay sees us at another address, a candidate of kind "observed"; `moved`: it saw us before. */
  | { readonly type: "observed"; readonly moved: boolean }
  /** The session is gone: `setRelay(handle(address), address, 0)`; registering again goes on by itself. */
  | { readonly type: "lost"; readonly address: SocketAddress; readonly reason: string }
  /** The relay does not want us; tried again with a new ticket, or late. */
  | { readonly type: "refused"; readonly reason: string };

export type HardOutcome = "no-sockets" | "no-answer-of-stun" | "busy" | "refused" | "not-permitted" | "nothing-heard";

export interface HardPunchReport {
  readonly own: NatHint;
  readonly peer: NatHint;
  /** Where the mesh's servers saw the peer. */
  readonly observed: readonly string[];
  /** What is being tried. */
  readonly running: HardPunchMethod | undefined;
  /** What the path in use, or the last one, was found by. */
  readonly worked: HardPunchMethod | undefined;
  readonly outcome: HardOutcome | undefined;
  /** When a birthday attempt is permitted again; past times: now. */
  readonly birthdayAt: Milliseconds;
  /** When this side tries again by itself, if it only had to wait for its turn. */
  readonly retryAt: Milliseconds | undefined;
}
