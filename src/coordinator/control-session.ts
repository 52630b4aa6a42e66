// One node's (or relay's) control session, the coordinator's side: who may say what when, and what is sent. A state machine without I/O.
//
// authenticating → the sealed channel stands; the node must prove its key (Authenticate) before `AUTHENTICATE_WITHIN_MS`.
// joining        → its key is proven and the registry is asked (event "join"); whoever asks answers with handleJoined/Refused.
// open           → AuthResult OK and a netmap were sent. From then on: netmap changes, punch notices, tickets, heartbeats.
// A relay that runs by itself joins as a node does (event "relay-join"); open, it hears of revocations instead of netmaps.
// ended          → nothing is taken any more; what is queued (a Goodbye, a refusal) may still be sent, then the channel closes.
//
// Netmaps are not queued: the newest is made when the channel can take a message, from the version it was sent last. So a slow
// reader costs nothing but its own delay, and many changes at once become one update.
import { verify, verifyDiscoKey } from "../identity/signatures.ts";
import { splitUpdate } from "../netmap/parts.ts";
import type { Candidate } from "../protocol/candidate.ts";
import type {
  AuthenticateMessage,
  AuthStatus,
  CoordinatorMessage,
  GoodbyeReason,
  NetmapUpdate,
  NodeMessage,
  PunchNoticeMessage,
  PunchRequestMessage,
  RelayAddresses,
  RelayAuthenticateMessage,
  RelayObservation,
  RelayOfferAnswerMessage,
  RelayRevocationsMessage,
  SignedNetmapHeader,
  SignedTicket,
} from "../protocol/messages.ts";
import type { SocketAddress } from "../protocol/address.ts";
import { type NodeKey, nodeKeyBytes } from "../protocol/node-key.ts";
import type { JoinRequest, Refusal } from "./registry.ts";
import type { RelayJoinRequest } from "./relay-registry.ts";
import { TokenBucket } from "../protocol/token-bucket.ts";

export const AUTHENTICATE_WITHIN_MS = 5_000;
/** docs/protocol.md, "Control channel", step 6. */
export const HEARTBEAT_AFTER_MS = 10_000;
export const SILENCE_MS = 25_000;
/** Messages that wait for a slow reader, netmaps not counted. */
const MAX_QUEUED = 256;
/** Of one node, whatever their kind; more is no node of ours. */
const MESSAGE_RATE = { perSecond: 100, burst: 400 } as const;

export type SessionEvent =
  | { readonly kind: "join"; readonly request: JoinRequest; readonly resume?: SignedNetmapHeader }
  | { readonly kind: "endpoints"; readonly candidates: readonly Candidate[]; readonly homeRelay: string }
  | { readonly kind: "punch"; readonly request: PunchRequestMessage }
  | { readonly kind: "tickets-wanted"; readonly relays: readonly string[] }
  | { readonly kind: "logout" }
  | { readonly kind: "relay-join"; readonly request: RelayJoinRequest }
  | { readonly kind: "relay-addresses"; readonly addresses: RelayAddresses }
  | { readonly kind: "relay-observations"; readonly observations: readonly RelayObservation[] }
  | { readonly kind: "relay-offer"; readonly udpAddresses: readonly SocketAddress[] }
  | { readonly kind: "ended"; readonly reason: string; readonly refusal?: Refusal };

/** What only a member may say. */
type MemberMessage = Exclude<
  NodeMessage,
  AuthenticateMessage | RelayAuthenticateMessage | { kind: "heartbeat" | "relay-addresses" | "relay-observations" }
>;

type State =
  | { readonly kind: "authenticating" }
  | { readonly kind: "joining"; readonly nodeKey: NodeKey; readonly bootId: Uint8Array }
  | { readonly kind: "open"; readonly nodeKey: NodeKey; readonly bootId: Uint8Array }
  | { readonly kind: "joining-relay" }
  | { readonly kind: "open-relay" }
  | { readonly kind: "ended" };

export interface SessionContext {
  readonly rootKey: Uint8Array;
  readonly meshId: Uint8Array;
  /** Of this very channel: what the node must have signed. */
  readonly transcriptHash: Uint8Array;
  /** NetmapPublisher.updateFor, and the version that its updates have. */
  readonly netmap: {
    readonly version: number;
    updateFor(recipient: NodeKey, since: number | undefined): NetmapUpdate | undefined;
  };
  readonly nowUnixMs: () => number;
}

export class ControlSession {
  readonly #context: SessionContext;
  readonly #startedAt: number;
  readonly #limit: TokenBucket;
  readonly #events: SessionEvent[] = [];
  readonly #queue: CoordinatorMessage[] = [];
  #state: State = { kind: "authenticating" };
  /** Netmap version that the node has been sent; undefined: none that it can build on. */
  #sentVersion: number | undefined;
  #netmapDue = false;
  /** Of an update that was begun. */
  #parts: CoordinatorMessage[] = [];
  #lastHeardAt: number;
  /** Silence is asked for a sign of life then. What we send says nothing: a node that hears a lot need not speak. */
  #heartbeatAt: number;
  #sequence = 0;

  constructor(context: SessionContext, now: number) {
    this.#context = context;
    this.#startedAt = now;
    this.#lastHeardAt = now;
    this.#heartbeatAt = now + HEARTBEAT_AFTER_MS;
    this.#limit = new TokenBucket(MESSAGE_RATE.perSecond, MESSAGE_RATE.burst, now);
  }

  /** Undefined until the node has proven its key. */
  get nodeKey(): NodeKey | undefined {
    return this.#state.kind === "joining" || this.#state.kind === "open" ? this.#state.nodeKey : undefined;
  }

  get bootId(): Uint8Array | undefined {
    return this.#state.kind === "open" ? this.#state.bootId : undefined;
  }

  get hasEnded(): boolean {
    return this.#state.kind === "ended";
  }

  /** @param message undefined for a kind of a later version: alive, and nothing to do */
  handleMessage(message: NodeMessage | undefined, now: number): void {
    if (this.#state.kind === "ended") return;
    this.#lastHeardAt = now;
    this.#heartbeatAt = now + HEARTBEAT_AFTER_MS;
    if (!this.#limit.take(now)) {
      this.handleGoodbye("overloaded", "too many messages");
      return;
    }
    if (message === undefined) return;
    if (message.kind === "heartbeat") {
      if (!message.reply) this.#enqueue(this.#heartbeat(message.sequence, true));
    } else if (message.kind === "authenticate") {
      this.#authenticate(message);
    } else if (message.kind === "relay-authenticate") {
      this.#authenticateRelay(message);
    } else if (message.kind === "relay-addresses" || message.kind === "relay-observations") {
      if (this.#state.kind !== "open-relay") this.#end("is no relay");
      else if (message.kind === "relay-observations") this.#events.push(message);
      else this.#events.push({ kind: "relay-addresses", addresses: message });
    } else if (this.#state.kind === "open") {
      this.#handleMember(message);
    } else {
      this.#end(`sent ${message.kind} before it was admitted`);
    }
  }

  /** @param since version of this epoch whose netmap the node holds, if any */
  handleJoined(since: number | undefined, now: number): void {
    if (this.#state.kind !== "joining") return;
    this.#state = { ...this.#state, kind: "open" };
    this.#sentVersion = since;
    this.#netmapDue = true;
    this.#heartbeatAt = now + HEARTBEAT_AFTER_MS;
    this.#enqueue(this.#authResult("ok", ""));
  }

  handleRelayJoined(revocations: RelayRevocationsMessage): void {
    if (this.#state.kind !== "joining-relay") return;
    this.#state = { kind: "open-relay" };
    this.#enqueue(this.#authResult("ok", ""));
    this.#enqueue(revocations);
  }

  /** Of a relay that runs by itself, or of a node that offers one. */
  handleRevocations(revocations: RelayRevocationsMessage): void {
    if (this.#state.kind === "open-relay" || this.#state.kind === "open") this.#enqueue(revocations);
  }

  handleOfferAnswer(answer: RelayOfferAnswerMessage): void {
    if (this.#state.kind === "open") this.#enqueue(answer);
  }

  handleRefused(status: Refusal, message: string): void {
    if (this.#state.kind === "ended") return;
    this.#enqueue(this.#authResult(status, message));
    this.#end(`refused: ${status}`, status);
  }

  handleNetmapChanged(): void {
    if (this.#state.kind === "open" && this.#sentVersion !== this.#context.netmap.version) this.#netmapDue = true;
  }

  handleNotice(notice: PunchNoticeMessage): void {
    if (this.#state.kind === "open") this.#enqueue(notice);
  }

  handleTicket(relay: string, ticket: SignedTicket): void {
    if (this.#state.kind === "open") this.#enqueue({ kind: "ticket-grant", relay, ticket });
  }

  /** Ends it with a word to the node, which overtakes whatever waits. */
  handleGoodbye(reason: GoodbyeReason, message: string): void {
    if (this.#state.kind === "ended") return;
    this.#queue.length = 0;
    this.#queue.push({ kind: "goodbye", reason, message });
    this.#end(`said goodbye: ${reason}`);
  }

  /** The channel is gone, or what came through it was no message. */
  handleChannelEnd(reason: string): void {
    this.#queue.length = 0;
    this.#end(reason);
  }

  handleTimeout(now: number): void {
    switch (this.#state.kind) {
      case "authenticating":
        if (now >= this.#startedAt + AUTHENTICATE_WITHIN_MS) this.#end("did not authenticate in time");
        break;
      case "joining":
      case "open":
      case "joining-relay":
      case "open-relay":
        if (now >= this.#lastHeardAt + SILENCE_MS) this.#end("silent for too long");
        else if (now >= this.#heartbeatAt) {
          this.#heartbeatAt = now + HEARTBEAT_AFTER_MS;
          this.#enqueue(this.#heartbeat(this.#sequence++, false));
        }
        break;
      case "ended":
    }
  }

  pollTimeout(): number | undefined {
    switch (this.#state.kind) {
      case "authenticating":
        return this.#startedAt + AUTHENTICATE_WITHIN_MS;
      case "joining":
      case "open":
      case "joining-relay":
      case "open-relay":
        return Math.min(this.#lastHeardAt + SILENCE_MS, this.#heartbeatAt);
      case "ended":
        return undefined;
    }
  }

  pollTransmit(): CoordinatorMessage | undefined {
    return this.#queue.shift() ?? this.#parts.shift() ?? this.#netmapUpdate();
  }

  pollEvent(): SessionEvent | undefined {
    return this.#events.shift();
  }

  #authenticate(message: AuthenticateMessage): void {
    if (this.#state.kind !== "authenticating") {
      this.#end("authenticated twice");
      return;
    }
    const { rootKey, meshId, transcriptHash } = this.#context;
    const { nodeKey, discoKey, discoSignature, auth, hostname, os, software, bootId, resume } = message;
    const publicKey = nodeKeyBytes(nodeKey);
    const proof = { purpose: "control-node", meshId, verifier: rootKey } as const;
    if (!verify(publicKey, proof, transcriptHash, message.signature)) {
      this.handleRefused("bad-signature", "the node's signature does not verify");
    } else if (!verifyDiscoKey(publicKey, meshId, discoKey, discoSignature)) {
      this.handleRefused("bad-signature", "the signature of the disco key does not verify");
    } else {
      this.#state = { kind: "joining", nodeKey, bootId };
      const request = { nodeKey, discoKey, discoSignature, hostname, os, software, ...(auth && { auth }) };
      this.#events.push({ kind: "join", request, ...(resume && { resume }) });
    }
  }

  #authenticateRelay({ relayKey, signature, token, region }: RelayAuthenticateMessage): void {
    if (this.#state.kind !== "authenticating") {
      this.#end("authenticated twice");
      return;
    }
    const { rootKey, meshId, transcriptHash } = this.#context;
    if (!verify(relayKey, { purpose: "control-relay", meshId, verifier: rootKey }, transcriptHash, signature)) {
      this.handleRefused("bad-signature", "the relay's signature does not verify");
      return;
    }
    this.#state = { kind: "joining-relay" };
    this.#events.push({ kind: "relay-join", request: { relayKey, token, region } });
  }

  #handleMember(message: MemberMessage): void {
    switch (message.kind) {
      case "endpoints":
        this.#events.push({ kind: "endpoints", candidates: message.candidates, homeRelay: message.homeRelay });
        break;
      case "punch-request":
        this.#events.push({ kind: "punch", request: message });
        break;
      case "relay-offer":
        this.#events.push(message);
        break;
      case "ticket-request":
        this.#events.push({ kind: "tickets-wanted", relays: message.relays });
        break;
      case "logout":
        this.#events.push({ kind: "logout" });
    }
  }

  #netmapUpdate(): CoordinatorMessage | undefined {
    if (!this.#netmapDue || this.#state.kind !== "open") return undefined;
    this.#netmapDue = false;
    const { netmap } = this.#context;
    const update = netmap.updateFor(this.#state.nodeKey, this.#sentVersion);
    this.#sentVersion = netmap.version;
    if (update === undefined) return undefined;
    const { parts, last } = splitUpdate(update);
    this.#parts = parts.map((part) => ({ kind: "netmap-part", ...part }));
    this.#parts.push({ kind: "netmap-update", ...last });
    return this.#parts.shift();
  }

  #authResult(status: AuthStatus, message: string): CoordinatorMessage {
    return { kind: "auth-result", status, message, coordinatorTimeMs: this.#context.nowUnixMs() };
  }

  #heartbeat(sequence: number, reply: boolean): CoordinatorMessage {
    return { kind: "heartbeat", sequence, reply, coordinatorTimeMs: this.#context.nowUnixMs() };
  }

  #enqueue(message: CoordinatorMessage): void {
    if (this.#queue.length >= MAX_QUEUED) this.handleChannelEnd("does not read what it is sent");
    else this.#queue.push(message);
  }

  #end(reason: string, refusal?: Refusal): void {
    if (this.#state.kind === "ended") return;
    this.#state = { kind: "ended" };
    this.#netmapDue = false;
    this.#parts = [];
    this.#events.push({ kind: "ended", reason, ...(refusal && { refusal }) });
  }
}
