// The node's half of the control protocol, sans-I/O. It decides when to connect, what to say, what to believe and when to give
// a session up; client.ts carries that out.
//
//   waiting ──(time)──► connecting ──(channel)──► [greeting] ──► authenticating ──(OK)──► connected
//      ▲                    │ all addresses failed                      │ time, closed        │ silence, closed, goodbye, bad netmap
//      └────────────────────┴───────────────────────────────────────────┴─────────────────────┘ jittered exponential backoff
//   greeting: only who joins with a key, which must not be lost to a mesh that this host cannot be in, hears the mesh's prefixes first.
//   greeting ──(collision)──► refused; authenticating ──(any other result)──► refused; connected ──(goodbye: removed)──► refused: until authenticate()
//
// It may assume that a channel it is given is proven to be the coordinator's (channel/), that messages are decoded strictly
// (protocol/), and that after pollTransmit() returned "disconnect" nothing more comes from that channel.
import { nodeKeyOf } from "../identity/keys.ts";
import { meshIdOf } from "../identity/ids.ts";
import { sign, signDiscoKey } from "../identity/signatures.ts";
import { ChannelError } from "../channel/errors.ts";
import { PartCollector } from "../netmap/parts.ts";
import { NETMAP_OLDER, applyUpdate } from "../netmap/state.ts";
import type { NetmapState } from "../netmap/state.ts";
import { viewOf } from "../netmap/view.ts";
import { formatHostPort, parseHostPort } from "../protocol/address.ts";
import type { HostPort, SocketAddress } from "../protocol/address.ts";
import type { Candidate } from "../protocol/candidate.ts";
import { MeshdError } from "../protocol/errors.ts";
import type {
  AuthResultMessage,
  AuthSecret,
  CoordinatorMessage,
  EndpointsMessage,
  NetmapUpdate,
  NodeMessage,
  PunchRequestMessage,
} from "../protocol/messages.ts";
import type { NodeKey } from "../protocol/node-key.ts";
import { describeDuration } from "../protocol/units.ts";
import type { Milliseconds } from "../protocol/units.ts";
import { Backoff, MAX_DELAY_MS } from "../channel/backoff.ts";
import type { ControlEvent } from "./events.ts";
import { channelFailure, collision, goodbye, refusal } from "./failures.ts";
import type { ControlIdentity } from "./options.ts";

/** docs/protocol.md, "Control channel", step 6: later than the coordinator, whose heartbeat usually makes ours needless. */
export const HEARTBEAT_AFTER_MS = 12_000;
export const DEAD_AFTER_MS = 25_000;
/** After a network change: the old connection usually is dead without a sign; this is many round trips. */
const PROBE_LIMIT_MS = 3_000;
/** A coordinator answers an authentication from memory and one write. */
const AUTH_LIMIT_MS = 10_000;
/** The coordinator's first message comes with its hello; one of an earlier meshd sends none. */
const GREETING_LIMIT_MS = 1_000;
/** A session that ended sooner does not reset the backoff: else a coordinator that fails on us would be hammered. */
const SETTLED_AFTER_MS = 5_000;
/** An overloaded coordinator asked for less. */
const OVERLOADED_DELAY_MS = 5_000;
const MAX_COORDINATORS_TRIED = 16;
const TOO_LARGE = "netmap is larger than it may be";

type State =
  | { readonly kind: "waiting"; readonly until: Milliseconds }
  | { readonly kind: "connecting" }
  | {
      readonly kind: "greeting";
      readonly coordinator: HostPort;
      readonly transcriptHash: Uint8Array;
      readonly deadline: Milliseconds;
    }
  | {
      readonly kind: "authenticating";
      readonly coordinator: HostPort;
      readonly since: Milliseconds;
      readonly deadline: Milliseconds;
      readonly withKey: boolean;
    }
  | {
      readonly kind: "connected";
      readonly coordinator: HostPort;
      readonly since: Milliseconds;
      heardAt: Milliseconds;
      heartbeatAt: Milliseconds;
      deadAt: Milliseconds;
    }
  | { readonly kind: "refused" }
  | { readonly kind: "closed" };

export type ControlAction =
  /** Open a channel to one of these, best first; then handleChannel() or handleChannelFailure(). Replaces what is under way. */
  | { readonly kind: "connect"; readonly coordinators: readonly HostPort[] }
  | { readonly kind: "send"; readonly message: NodeMessage }
  /** End the channel, or the attempt to open one. */
  | { readonly kind: "disconnect" };

export class ControlSession {
  readonly #identity: ControlIdentity;
  readonly #nodeKey: NodeKey;
  readonly #backoff: Backoff;
  readonly #actions: ControlAction[] = [];
  readonly #events: ControlEvent[] = [];
  #state: State;
  #configured: readonly HostPort[];
  #auth: AuthSecret | undefined;
  #keyWanted: boolean;
  #netmap: NetmapState | undefined;
  #resume = true;
  readonly #parts = new PartCollector();
  #endpoints: EndpointsMessage | undefined;
  #offered: readonly SocketAddress[] = [];
  readonly #ticketsWanted = new Set<string>();
  #heartbeats = 0;

  /** `random` returns 0 ≤ x < 1. Connects at once: call pollTransmit(). */
  constructor(identity: ControlIdentity, now: Milliseconds, random: () => number) {
    this.#identity = identity;
    this.#nodeKey = nodeKeyOf(identity.node);
    this.#backoff = new Backoff(random);
    this.#configured = identity.coordinators;
    this.#auth = identity.auth;
    this.#netmap = identity.netmap;
    this.#keyWanted = identity.netmap === undefined;
    this.#state = { kind: "waiting", until: now };
    this.handleTimeout(now);
  }

  get coordinator(): HostPort | undefined {
    return this.#state.kind === "connected" ? this.#state.coordinator : undefined;
  }

  get netmap(): NetmapState | undefined {
    return this.#netmap;
  }

  // ---- what comes from the channel

  handleChannel(coordinator: HostPort, transcriptHash: Uint8Array, now: Milliseconds): void {
    if (this.#state.kind !== "connecting") return;
    if (this.#keyWanted && this.#auth !== undefined) {
      this.#state = { kind: "greeting", coordinator, transcriptHash, deadline: now + GREETING_LIMIT_MS };
    } else this.#authenticate(coordinator, transcriptHash, now);
  }

  /** No address could be reached, or the channel ended. */
  handleChannelFailure(error: ChannelError, now: Milliseconds): void {
    if (this.#live || this.#state.kind === "connecting") this.#retry(channelFailure(error), now);
  }

  handleMessage(message: CoordinatorMessage, now: Milliseconds): void {
    if (message.kind === "mesh-prefixes") {
      if (this.#state.kind === "greeting") this.#handlePrefixes(this.#state, message.prefixes, now);
      return;
    }
    if (this.#state.kind === "authenticating" && message.kind === "auth-result") {
      this.#handleAuthResult(this.#state, message, now);
      return;
    }
    if (message.kind === "goodbye") {
      if (this.#live) this.#handleGoodbye(message, now);
      return;
    }
    if (this.#state.kind !== "connected") {
      if (this.#live) this.#retry(channelFailure(new ChannelError("protocol", "it spoke out of turn")), now);
      return;
    }
    this.#state.heardAt = now;
    this.#state.heartbeatAt = now + HEARTBEAT_AFTER_MS;
    this.#state.deadAt = now + DEAD_AFTER_MS;
    switch (message.kind) {
      case "netmap-part":
        if (!this.#parts.add(message)) this.#refuseNetmap(TOO_LARGE, now);
        return;
      case "netmap-update":
        this.#handleNetmap(this.#parts.finish(message), now);
        return;
      case "heartbeat":
        if (!message.reply) this.#send({ ...message, reply: true, coordinatorTimeMs: 0 });
        return;
      case "punch-notice":
        this.#events.push(message);
        return;
      case "ticket-grant":
        this.#ticketsWanted.delete(message.relay);
        this.#events.push({ kind: "ticket", relay: message.relay, ticket: message.ticket });
        return;
      case "relay-offer-answer":
      case "relay-revocations":
        // What still comes after the offer was withdrawn is of no use.
        if (this.#offered.length > 0) this.#events.push(message);
        return;
      case "auth-result":
        this.#retry(channelFailure(new ChannelError("protocol", "it spoke out of turn")), now);
    }
  }

  // ---- what the node wants

  setEndpoints(candidates: readonly Candidate[], homeRelay: string): void {
    const endpoints: EndpointsMessage = { kind: "endpoints", candidates, homeRelay };
    if (JSON.stringify(endpoints) === JSON.stringify(this.#endpoints)) return;
    this.#endpoints = endpoints;
    if (this.#state.kind === "connected") this.#send(endpoints);
  }

  /** Of the relay that this node offers; none: it offers none (any more). */
  setRelayOffer(udpAddresses: readonly SocketAddress[]): void {
    if (udpAddresses.join() === this.#offered.join()) return;
    this.#offered = udpAddresses;
    if (this.#state.kind === "connected") this.#send({ kind: "relay-offer", udpAddresses });
  }

  /** False if there is no session to send it on. */
  requestPunch(request: Omit<PunchRequestMessage, "kind">): boolean {
    if (this.#state.kind !== "connected") return false;
    this.#send({ kind: "punch-request", ...request });
    return true;
  }

  requestTickets(relays: readonly string[]): void {
    for (const relay of relays) this.#ticketsWanted.add(relay);
    if (this.#state.kind === "connected" && relays.length > 0) this.#send({ kind: "ticket-request", relays });
  }

  /** False if there is no session to send it on. The coordinator's goodbye is the confirmation. */
  requestLogout(): boolean {
    if (this.#state.kind !== "connected") return false;
    this.#send({ kind: "logout" });
    return true;
  }

  authenticate(auth: AuthSecret, coordinators: readonly HostPort[], now: Milliseconds): void {
    if (this.#state.kind === "closed") return;
    this.#auth = auth;
    this.#keyWanted = true;
    this.#configured = coordinators;
    this.#reconnectNow(now);
  }

  /** `moved`: connections of before are worth nothing. Otherwise a live one is asked. */
  handleNetworkChange(now: Milliseconds, moved: boolean): void {
    switch (this.#state.kind) {
      case "connected":
        if (moved) {
          this.#retry(channelFailure(new ChannelError("closed", "this host's network changed")), now);
          this.#reconnectNow(now);
          return;
        }
        this.#heartbeat(now);
        this.#state.deadAt = Math.min(this.#state.deadAt, now + PROBE_LIMIT_MS);
        return;
      case "waiting":
      case "connecting":
      case "greeting":
      case "authenticating":
        this.#reconnectNow(now);
        return;
      case "refused":
      case "closed":
        return;
    }
  }

  close(): void {
    if (this.#live || this.#state.kind === "connecting") this.#actions.push({ kind: "disconnect" });
    this.#state = { kind: "closed" };
  }

  // ---- time

  handleTimeout(now: Milliseconds): void {
    switch (this.#state.kind) {
      case "waiting":
        if (now >= this.#state.until) this.#connect();
        return;
      case "greeting":
        if (now >= this.#state.deadline) this.#authenticate(this.#state.coordinator, this.#state.transcriptHash, now);
        return;
      case "authenticating":
        if (now >= this.#state.deadline)
          this.#retry(channelFailure(new ChannelError("timeout", "it does not answer")), now);
        return;
      case "connected":
        if (now >= this.#state.deadAt) {
          const silentMs = now - this.#state.heardAt;
          this.#retry(
            channelFailure(new ChannelError("timeout", `nothing heard for ${describeDuration(silentMs)}`)),
            now,
          );
        } else if (now >= this.#state.heartbeatAt) this.#heartbeat(now);
        return;
      case "connecting":
      case "refused":
      case "closed":
        return;
    }
  }

  pollTimeout(): Milliseconds | undefined {
    switch (this.#state.kind) {
      case "waiting":
        return this.#state.until;
      case "greeting":
      case "authenticating":
        return this.#state.deadline;
      case "connected":
        return Math.min(this.#state.heartbeatAt, this.#state.deadAt);
      case "connecting":
      case "refused":
      case "closed":
        return undefined;
    }
  }

  pollTransmit(): ControlAction | undefined {
    return this.#actions.shift();
  }

  pollEvent(): ControlEvent | undefined {
    return this.#events.shift();
  }

  // ---- inside

  get #live(): boolean {
    const { kind } = this.#state;
    return kind === "greeting" || kind === "authenticating" || kind === "connected";
  }

  #send(message: NodeMessage): void {
    this.#actions.push({ kind: "send", message });
  }

  #connect(): void {
    this.#parts.clear();
    const coordinators = this.#coordinators();
    this.#state = { kind: "connecting" };
    this.#actions.push({ kind: "connect", coordinators });
    this.#events.push({ kind: "connecting", coordinators });
  }

  /** The netmap's addresses first: they are the newer word. */
  #coordinators(): HostPort[] {
    const mesh = this.#netmap && viewOf(this.#netmap).mesh;
    const told = (mesh?.coordinators ?? []).flatMap((address) => parseHostPort(address) ?? []);
    const unique = new Map([...told, ...this.#configured].map((at) => [formatHostPort(at), at]));
    return [...unique.values()].slice(0, MAX_COORDINATORS_TRIED);
  }

  #reconnectNow(now: Milliseconds): void {
    if (this.#live || this.#state.kind === "connecting") this.#actions.push({ kind: "disconnect" });
    this.#backoff.reset();
    this.#state = { kind: "waiting", until: now };
    this.handleTimeout(now);
  }

  #retry(error: MeshdError, now: Milliseconds, atLeast: Milliseconds = 0): void {
    if (this.#state.kind === "connected" && now - this.#state.since >= SETTLED_AFTER_MS) this.#backoff.reset();
    if (this.#live) this.#actions.push({ kind: "disconnect" });
    const retryInMs = this.#backoff.next(atLeast);
    this.#state = { kind: "waiting", until: now + retryInMs };
    this.#events.push({ kind: "disconnected", error, retryInMs });
  }

  #refuse(error: MeshdError): void {
    this.#actions.push({ kind: "disconnect" });
    this.#state = { kind: "refused" };
    this.#events.push({ kind: "refused", error });
  }

  #authenticate(coordinator: HostPort, transcriptHash: Uint8Array, now: Milliseconds): void {
    const { rootKey, node, disco } = this.#identity;
    const meshId = meshIdOf(rootKey);
    const auth = this.#keyWanted ? this.#auth : undefined;
    const resume = this.#resume ? this.#netmap?.signedHeader : undefined;
    this.#send({
      kind: "authenticate",
      nodeKey: this.#nodeKey,
      signature: sign(node, { purpose: "control-node", meshId, verifier: rootKey }, transcriptHash),
      discoKey: disco.publicKey,
      discoSignature: signDiscoKey(node, meshId, disco.publicKey),
      ...(auth && { auth }),
      hostname: this.#identity.hostname,
      os: this.#identity.os,
      software: this.#identity.software,
      bootId: this.#identity.bootId,
      ...(resume && { resume }),
    });
    const deadline = now + AUTH_LIMIT_MS;
    this.#state = { kind: "authenticating", coordinator, since: now, deadline, withKey: auth !== undefined };
  }

  #handlePrefixes(state: State & { kind: "greeting" }, prefixes: readonly string[], now: Milliseconds): void {
    const words = this.#identity.collisionWith(prefixes);
    if (words !== undefined) this.#refuse(collision(words));
    else this.#authenticate(state.coordinator, state.transcriptHash, now);
  }

  #handleAuthResult(state: State & { kind: "authenticating" }, result: AuthResultMessage, now: Milliseconds): void {
    const { status } = result;
    if (status === "ok") {
      this.#keyWanted = false;
      const { coordinator } = state;
      this.#state = {
        kind: "connected",
        coordinator,
        since: now,
        heardAt: now,
        heartbeatAt: now + HEARTBEAT_AFTER_MS,
        deadAt: now + DEAD_AFTER_MS,
      };
      const roundTripMs = now - state.since;
      this.#events.push({
        kind: "connected",
        coordinator,
        roundTripMs,
        coordinatorTimeUnixMs: result.coordinatorTimeMs,
      });
      if (this.#endpoints) this.#send(this.#endpoints);
      if (this.#offered.length > 0) this.#send({ kind: "relay-offer", udpAddresses: this.#offered });
      if (this.#ticketsWanted.size > 0) this.#send({ kind: "ticket-request", relays: [...this.#ticketsWanted] });
      return;
    }
    const unknownHere = status === "key-required" || status === "node-removed";
    if (unknownHere && !state.withKey && this.#auth) {
      this.#keyWanted = true;
      this.#reconnectNow(now);
      return;
    }
    this.#refuse(refusal({ ...result, status }));
  }

  #handleGoodbye({ reason, message }: CoordinatorMessage & { kind: "goodbye" }, now: Milliseconds): void {
    switch (reason) {
      case "removed":
        // The key that was used once to join is not used to come back.
        this.#auth = undefined;
        this.#refuse(refusal({ kind: "auth-result", status: "node-removed", message, coordinatorTimeMs: 0 }));
        return;
      case "replaced":
        // Two daemons of one identity would throw each other out for ever.
        this.#retry(goodbye(reason, message), now, MAX_DELAY_MS);
        return;
      case "overloaded":
        this.#retry(goodbye(reason, message), now, OVERLOADED_DELAY_MS);
        return;
      case "shutting-down":
      case "unspecified":
        this.#retry(goodbye(reason, message), now);
    }
  }

  #handleNetmap(update: NetmapUpdate | undefined, now: Milliseconds): void {
    if (update === undefined) {
      this.#refuseNetmap(TOO_LARGE, now);
      return;
    }
    const trust = { rootKey: this.#identity.rootKey, recipient: this.#nodeKey };
    const applied = applyUpdate(trust, this.#netmap, update);
    if (applied.ok) {
      this.#netmap = applied.state;
      this.#resume = true;
      this.#events.push({ kind: "netmap", state: applied.state, view: viewOf(applied.state) });
      return;
    }
    this.#refuseNetmap(applied.reason, now);
  }

  #refuseNetmap(reason: string, now: Milliseconds): void {
    // A full netmap is asked for by not resuming - unless ours is the newer one: the coordinator must see that to go on after it.
    this.#resume = reason === NETMAP_OLDER;
    this.#retry(
      new MeshdError("bad-netmap", 1, `The coordinator's netmap cannot be used: ${reason}; a full one is asked for.`),
      now,
    );
  }

  #heartbeat(now: Milliseconds): void {
    this.#heartbeats += 1;
    this.#send({ kind: "heartbeat", sequence: this.#heartbeats, reply: false, coordinatorTimeMs: 0 });
    if (this.#state.kind === "connected") this.#state.heartbeatAt = now + HEARTBEAT_AFTER_MS;
  }
}
