// Finds the ways to one peer and ranks them for the engine.
//
// Idle: there is no traffic; nothing is sent, authentic words of the peer excepted, which are answered. Active: the engine saw
// traffic. Invited: the peer (by coordinator, relay, or a ping) says that it is active and wants us to probe; without traffic of
// our own that ends after a minute.
//
// An attempt tells the peer our candidates - through the coordinator, and over a relay, so that either may be away - and at the
// same time sends a burst of sealed pings to every address the peer might have. The peer does the same when it hears of it: each
// side's pings open its own NAT's filter for the other's. A pong from an address we pinged makes that address a direct path; an
// authentic ping from an unknown address is answered and pinged back at once (a triggered check, RFC 8445 §7.3.1.4). An attempt
// that finds nothing is followed by another after 1 s, 2 s … 60 s while the peer is active; news (the network or candidates
// changed) begin anew.
//
// The engine moves off a path that dies by itself and tells; here the path is pinged again, and when no direct one is left a new
// attempt begins. A path that keeps dying is kept out for ever longer, so that traffic does not go to and fro. When the network
// changes every path has to answer again, or it is removed.
//
// Assumes: datagrams passed the engine's check of tag and rate; `now` never runs backwards.
import type { SocketAddress } from "../protocol/address.ts";
import type { Candidate } from "../protocol/candidate.ts";
import type { DiscoBody } from "../protocol/messages.ts";
import type { NatHint } from "../protocol/nat-hint.ts";
import { type Milliseconds, SECOND_MS } from "../protocol/units.ts";
import { type Attempt, Attempts } from "./attempts.ts";
import type { PeerBirthdays } from "./birthday-desk.ts";
import type { DirectPath } from "./direct-paths.ts";
import { ExtraSockets } from "./extra-sockets.ts";
import { HardPunch } from "./hard-punch.ts";
import type { ProbeBudget } from "./probe-budget.ts";
import { Prober } from "./prober.ts";
import { RankedPaths } from "./ranked-paths.ts";
import { type Remote, remoteKey, remoteOf } from "./remote.ts";
import { Signalling } from "./signalling.ts";
import { addressesOf, recordDeath, startBurst, type Target } from "./targets.ts";
import type {
  DiscoChannel,
  DiscoTransmit,
  PathMeasurement,
  PathsReport,
  PeerPathsEvent,
  PeerPathsMachine,
  PunchInvitation,
  RandomBytes,
  Route,
} from "./types.ts";

/** As long as the engine takes to call a peer idle. */
const INVITED_MS: Milliseconds = 60 * SECOND_MS;
/** Keeps the round trip of every live path measured and the NAT's mapping of those not in use (30 s and more, RFC 4787 §4.3). */
const MEASURE_INTERVAL_MS: Milliseconds = 20 * SECOND_MS;
/** Then a path that the engine does not use, and so does not judge, is given up. */
const MAX_UNANSWERED = 3;

export interface PeerPathsOptions {
  readonly channel: DiscoChannel;
  /** The node's, shared by all its peers. */
  readonly budget: ProbeBudget;
  /** This peer's view of the node's desk for birthday attempts. */
  readonly birthdays: PeerBirthdays;
  readonly random: RandomBytes;
  /** Of the mesh's STUN servers one that is reached over IPv4. */
  readonly stunServer: () => SocketAddress | undefined;
  /** Which addresses may be probed at present (src/nat/address-filter.ts). */
  readonly allows: (address: SocketAddress) => boolean;
}

type State =
  | { readonly kind: "idle" }
  | { readonly kind: "invited"; readonly until: Milliseconds }
  | { readonly kind: "active"; measureAt: Milliseconds };

export class PeerPaths implements PeerPathsMachine {
  readonly #channel: DiscoChannel;
  readonly #allows: (address: SocketAddress) => boolean;
  readonly #attempts: Attempts;
  readonly #prober: Prober;
  readonly #paths = new RankedPaths();
  readonly #direct = this.#paths.direct;
  readonly #signalling: Signalling;
  readonly #birthdays: PeerBirthdays;
  readonly #hard: HardPunch;
  readonly #sockets = new ExtraSockets();
  #state: State = { kind: "idle" };
  readonly #events: PeerPathsEvent[] = [];

  constructor(options: PeerPathsOptions) {
    const { channel, budget, random, allows, birthdays } = options;
    this.#channel = channel;
    this.#signalling = new Signalling(channel);
    this.#allows = allows;
    this.#birthdays = birthdays;
    this.#hard = new HardPunch(options);
    this.#attempts = new Attempts(random);
    this.#prober = new Prober({ channel, budget, random, mayProbe: (address) => this.#mayProbe(address) });
  }

  handleActive(now: Milliseconds): void {
    if (this.#state.kind === "active") return;
    if (this.#state.kind === "idle") this.#attempts.forgetFailures();
    this.#state = { kind: "active", measureAt: now + MEASURE_INTERVAL_MS };
    if (this.#attempts.running === undefined && !this.#paths.hasLiveDirect) this.#attempts.schedule(now);
    this.handleTimeout(now);
  }

  handleIdle(now: Milliseconds): void {
    if (this.#state.kind === "idle") return;
    this.#becomeIdle("idle: the peer's paths are looked for again at the next packet");
    this.handleTimeout(now);
  }

  handleCandidates(candidates: readonly Candidate[], now: Milliseconds): void {
    const added = this.#prober.targets.replace("netmap", addressesOf(candidates), this.#direct.keys());
    this.#hard.handlePeer({ claims: candidates }, now);
    this.#probeNew(added, now);
    if (added.length > 0 && this.#state.kind === "active" && !this.#paths.hasLiveDirect) {
      this.#attempts.handleNews(now);
      this.#attempts.schedule(now);
    }
    this.handleTimeout(now);
  }

  handlePunchNotice(notice: PunchInvitation, now: Milliseconds): void {
    const firstTime = this.#handleInvitation("noticed", notice, now);
    if (firstTime) {
      this.#events.push(this.#signalling.signal(notice.attempt));
      this.#signalling.tell(notice.attempt, false);
    }
    this.handleTimeout(now);
  }

  handleLocalCandidates(candidates: readonly Candidate[], now: Milliseconds): void {
    const changed = this.#signalling.handleLocalCandidates(candidates);
    if (changed && this.#state.kind !== "idle" && !this.#paths.hasLiveDirect) {
      this.#attempts.handleNews(now);
      this.#attempts.schedule(now);
    }
    this.handleTimeout(now);
  }

  handleRelays(relays: readonly number[], now: Milliseconds): void {
    this.#paths.handleRelays(relays);
    this.#signalling.handleRelays(this.#paths.relays, this.#attempts.running);
    this.#publish("the relays in reach changed");
    this.handleTimeout(now);
  }

  handleDatagram(datagram: Uint8Array, from: Route, now: Milliseconds): void {
    const opened = this.#channel.open(datagram);
    if (opened === undefined) return;
    if (from.kind === "direct" && !this.#listensTo(from, now)) return;
    if (opened.restarted) {
      this.#attempts.handleNews(now);
      this.#prober.forgive();
      this.#events.push({ type: "restarted" });
    }
    this.#handleBody(opened.body, from, now);
    this.handleTimeout(now);
  }

  handleSourceSeen(from: Remote, now: Milliseconds): void {
    if (this.#listensTo(from, now)) this.#heardFrom(from, now);
    this.handleTimeout(now);
  }

  handleOwnNat(nat: NatHint, now: Milliseconds): void {
    this.#signalling.handleOwnNat(nat);
    this.#hard.handleOwnNat(nat, now);
    this.handleTimeout(now);
  }

  handleStun(datagram: Uint8Array, from: SocketAddress, now: Milliseconds): void {
    this.#hard.handleStun(datagram, from, now);
    this.handleTimeout(now);
  }

  handleSockets(sockets: readonly number[], now: Milliseconds): void {
    this.#sockets.handleOpened(sockets);
    this.#hard.handleSockets(sockets, now);
    this.handleTimeout(now);
  }

  handlePathDead(id: number, now: Milliseconds): void {
    const path = this.#direct.byId(id);
    if (path !== undefined && path.state !== "dead") this.#pathDied(path, "its echoes got no answer", now);
    this.handleTimeout(now);
  }

  handlePathAlive(id: number, rttMs: Milliseconds, now: Milliseconds): void {
    const path = this.#direct.byId(id);
    const target = path && this.#prober.targets.get(path.key);
    if (target !== undefined) {
      this.#prober.answered(target, rttMs, now);
      this.#confirm(target, rttMs, now);
    }
    this.handleTimeout(now);
  }

  handleMeasurements(paths: readonly PathMeasurement[], now: Milliseconds): void {
    this.#paths.handleMeasurements(paths, now);
    this.#publish(this.#paths.prefersRelay ? "the relay is much faster" : "measured");
    this.handleTimeout(now);
  }

  handleNetworkChange(now: Milliseconds): void {
    this.#prober.handleNetworkChange();
    this.#paths.handleNetworkChange();
    this.#attempts.forgetFailures();
    this.#hard.handleNetworkChange();
    if (this.#state.kind !== "idle") this.#attempts.schedule(now);
    this.handleTimeout(now);
  }

  handleTimeout(now: Milliseconds): void {
    if (this.#state.kind === "invited" && now >= this.#state.until) {
      this.#becomeIdle("idle: the peer asked for a path and did not use it");
    }
    if (this.#attempts.isDue(now)) this.#startAttempt(this.#attempts.begin(now));
    for (const target of this.#prober.handleTimeout(now)) this.#handleSilence(target);
    if (this.#attempts.isOver(now)) this.#endAttempt(now);
    if (this.#state.kind === "active" && now >= this.#state.measureAt) this.#measure(this.#state, now);
    this.#hard.handleTimeout(now);
    this.#drainHard(now);
  }

  pollTimeout(): Milliseconds | undefined {
    const times = [
      this.#state.kind === "invited" ? this.#state.until : undefined,
      this.#state.kind === "active" && this.#direct.all().length > 0 ? this.#state.measureAt : undefined,
      this.#attempts.pollTimeout(),
      this.#prober.pollTimeout(),
      this.#hard.pollTimeout(),
    ].filter((time) => time !== undefined);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  pollTransmit(now: Milliseconds): DiscoTransmit | undefined {
    return this.#signalling.pollTransmit() ?? this.#prober.pollTransmit(now) ?? this.#hard.pollTransmit(now);
  }

  pollEvent(): PeerPathsEvent | undefined {
    return this.#events.shift();
  }

  report(now: Milliseconds): PathsReport {
    const { running, failures, dueAt } = this.#attempts;
    return {
      state: this.#state.kind,
      probing: running !== undefined,
      failures,
      retryInMs: dueAt === undefined ? undefined : Math.max(0, dueAt - now),
      local: this.#signalling.local,
      candidates: this.#prober.report(now),
      hard: this.#hard.report(),
    };
  }

  // ---- what the peer says

  #handleBody(body: DiscoBody, from: Route, now: Milliseconds): void {
    switch (body.kind) {
      case "ping":
        this.#answerPing(body.transactionId, from, now);
        return;
      case "pong": {
        if (from.kind === "relay") return;
        const key = remoteKey(from);
        const answered = this.#prober.handlePong(body.transactionId, key, now);
        if (answered === undefined) return;
        // The engine takes its time to trust a path that it called dead; a pong is as good as a new path, and is used at once.
        if (this.#direct.byKey(key)?.state === "dead") this.#direct.remove(key);
        this.#confirm(answered.target, answered.rttMs, now);
        return;
      }
      case "candidates": {
        const firstTime = this.#handleInvitation("signalled", body, now);
        if (firstTime && body.replyWanted) this.#signalling.tell(body.attempt, false);
        return;
      }
      case "hard-punch": {
        if (from.kind !== "relay" || this.#paths.hasLiveDirect) return;
        this.#becomeInvited(now);
        const predicted = this.#hard.handleMessage(body, now).filter((address) => this.#mayProbe(address));
        if (predicted.length === 0) return;
        this.#prober.startBursts(this.#prober.targets.replace("predicted", predicted, this.#direct.keys()), now);
        return;
      }
    }
  }

  #answerPing(transactionId: Uint8Array, from: Route, now: Milliseconds): void {
    if (from.kind === "relay") {
      this.#signalling.say({ kind: "pong", transactionId }, from);
      return;
    }
    if (!this.#mayProbe(from.address) || !this.#prober.takeAnswer(now)) return;
    this.#signalling.say({ kind: "pong", transactionId, observed: from.address }, from);
    this.#heardFrom(from, now);
  }

  /** Of extra sockets only to those that are ours and favoured: each that is heard would become a path. */
  #listensTo({ socket }: Remote, now: Milliseconds): boolean {
    if (socket === undefined) return true;
    if (!this.#sockets.has(socket)) return false;
    return this.#direct.all().some((path) => path.socket === socket) || this.#hard.admits(socket, now);
  }

  /** Triggered check: the way from there to here is open now, so ours there may be. */
  #heardFrom(from: Remote, now: Milliseconds): void {
    if (!this.#mayProbe(from.address)) return;
    this.#becomeInvited(now);
    if (this.#direct.byKey(remoteKey(from))?.state === "alive") return;
    const target = this.#prober.targets.learn(remoteOf(from), this.#direct.keys());
    if (target !== undefined) this.#prober.check(target, now);
  }

  /** True if the attempt was not heard of before: it wants an answer. */
  #handleInvitation(source: "noticed" | "signalled", invitation: PunchInvitation, now: Milliseconds) {
    const { candidates, attempt } = invitation;
    const added = this.#prober.targets.replace(source, addressesOf(candidates), this.#direct.keys());
    this.#hard.handlePeer({ ...invitation, claims: candidates }, now);
    this.#becomeInvited(now);
    if (added.length > 0) this.#attempts.handleNews(now);
    const joined = this.#attempts.join(attempt, now);
    if (joined === undefined) this.#probeNew(added, now);
    else this.#startAttempt(joined);
    return this.#attempts.settle(attempt);
  }

  #becomeInvited(now: Milliseconds): void {
    if (this.#state.kind === "idle") this.#attempts.forgetFailures();
    if (this.#state.kind !== "active") this.#state = { kind: "invited", until: now + INVITED_MS };
  }

  // ---- attempts

  #startAttempt(attempt: Attempt): void {
    this.#prober.startBursts(this.#prober.targets.all(), attempt.startedAt);
    if (!this.#paths.hasLiveDirect) this.#hard.handleAttempt(attempt.startedAt);
    if (!attempt.own) return;
    this.#events.push(this.#signalling.signal(attempt.number));
    this.#signalling.tellOfOwn(attempt);
  }

  #endAttempt(now: Milliseconds): void {
    this.#hard.handleAttemptOver();
    if (this.#paths.hasLiveDirect) this.#attempts.end();
    else this.#attempts.fail(this.#state.kind === "active", now);
  }

  // ---- hard NATs

  #drainHard(now: Milliseconds): void {
    for (let say = this.#hard.pollMessage(now); say !== undefined; say = this.#hard.pollMessage(now)) {
      this.#signalling.sayOverRelays(say);
    }
    const count = this.#hard.pollSockets();
    if (count > 0) this.#events.push({ type: "open-sockets", count });
    this.#closeSockets();
  }

  /** Those that neither an attempt nor a path needs any more. */
  #closeSockets(): void {
    const needed = [...this.#hard.sockets, ...this.#direct.all().map(({ socket }) => socket)];
    const sockets = this.#sockets.release(new Set(needed));
    if (sockets.length === 0) return;
    this.#birthdays.returnSockets(sockets.length);
    this.#events.push({ type: "close-sockets", sockets });
  }

  // ---- probes

  #probeNew(targets: readonly Target[], now: Milliseconds): void {
    if (this.#state.kind !== "idle") this.#prober.startBursts(targets, now);
  }

  #handleSilence({ address, key }: Target): void {
    const path = this.#direct.byKey(key);
    if (path === undefined || path.state === "alive") return;
    this.#direct.remove(key);
    this.#publish(`${address} did not answer again`);
  }

  #measure(state: Extract<State, { kind: "active" }>, now: Milliseconds): void {
    state.measureAt = now + MEASURE_INTERVAL_MS;
    for (const path of this.#direct.inState("alive")) {
      const target = this.#prober.targets.get(path.key);
      if (target === undefined || target.unanswered >= MAX_UNANSWERED) {
        this.#pathDied(path, "its pings got no answer", now);
      } else {
        this.#prober.ping(target);
      }
    }
  }

  /** Also not ourselves: a peer in another network may have the same private address as we. */
  #mayProbe(address: SocketAddress): boolean {
    return this.#allows(address) && !this.#signalling.isOwn(address);
  }

  // ---- paths

  #confirm(target: Target, rttMs: Milliseconds, now: Milliseconds): void {
    if (this.#state.kind === "idle" || now < target.heldUntil) return;
    target.burst = undefined;
    const path = this.#direct.byKey(target.key);
    if (path === undefined) {
      // A second extra socket would only be another way through the same NAT.
      if (target.socket !== undefined && this.#paths.hasLiveDirect) return;
      this.#paths.addDirect(target, rttMs);
    }
    if (path?.state !== "alive" && path?.state !== "suspect") target.aliveSince = now;
    if (path !== undefined) this.#direct.measured(path, rttMs);
    this.#attempts.succeed();
    this.#hard.handleDirect(target.socket);
    this.#publish(`${target.address} answered in ${rttMs.toFixed(1)} ms`);
  }

  #pathDied(path: DirectPath, why: string, now: Milliseconds): void {
    path.state = "dead";
    const target = this.#prober.targets.get(path.key);
    if (target !== undefined) recordDeath(target, now);
    if (target !== undefined && now >= target.heldUntil) startBurst(target, now);
    else this.#direct.remove(path.key);
    this.#publish(`${path.address} is dead: ${why}`);
    if (this.#state.kind === "active" && !this.#paths.hasLiveDirect) this.#attempts.schedule(now);
  }

  #becomeIdle(reason: string): void {
    this.#prober.settle(new Set(this.#direct.inState("alive").map(({ address }) => address)));
    this.#paths.forgetDirect();
    this.#hard.stop();
    this.#signalling.clear();
    this.#attempts.cancel();
    this.#state = { kind: "idle" };
    this.#publish(reason);
  }

  #publish(reason: string): void {
    const event = this.#paths.publish(reason);
    if (event !== undefined) this.#events.push(event);
  }
}
