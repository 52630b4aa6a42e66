// A node's session at one relay.
//
// Greeting: a hello goes to every address of the relay (IPv4 and IPv6 may differ in what works); the first cookie that comes back
// decides. Registering: ticket and proof go to that address. Registered: a ping now and then (`keepaliveMs`) holds the NAT's mapping
// and shows that the relay lives; a ping without an answer, or the relay's word that it does not know the session, leads back to
// greeting - at once the first time, then after 1 s, 2 s … 60 s until a ping was answered again. Waiting: without ticket or
// addresses, or between two tries.
//
// Assumes: datagrams came from an address of the relay. They prove themselves: cookies and pongs by what only the receiver of our
// request knows, the acceptance by the relay's signature.
import { type SigningKey, signRelayRegister, verifyRelayAccepted, nodeKeyOf } from "../identity/index.ts";
import type { SocketAddress } from "../protocol/address.ts";
import type { RelayAccepted, RelayRefusal, SignedTicket } from "../protocol/messages.ts";
import { type Milliseconds, SECOND_MS } from "../protocol/units.ts";
import { backoffMs } from "./backoff.ts";
import {
  decodeFromRelay,
  encodeRelayHello,
  encodeRelayPing,
  encodeRelayRegistration,
  type FromRelay,
  RELAY_NONCE_BYTES,
} from "./relay-control.ts";
import type { RandomBytes, RelaySessionEvent, RelayTransmit } from "./types.ts";

/** When a request is sent and repeated, and when it has failed (the last number). */
type Schedule = readonly [...Milliseconds[], Milliseconds];
/** A relay is what works when nothing else does: losses on the way to it should cost fractions of a second. */
const REQUEST_SCHEDULE: Schedule = [0, 250, 750, 1750, 3500];
const PING_SCHEDULE: Schedule = [0, 500, 1000, 2000, 3000];
/** When there is a reason to doubt: the standby takes over, or the network changed. */
const SUSPECT_PING_SCHEDULE: Schedule = [0, 200, 500, 1000, 1500];
/** Where nothing is known of the NAT; and for the first ping always, as a flow that is new to a NAT may live shorter than others. */
const SAFE_KEEPALIVE_MS: Milliseconds = 15 * SECOND_MS;
/** Of sessions over TCP, whose connections NATs and proxies keep for longer; this is how soon a dead relay is noticed. */
export const STREAM_KEEPALIVE_MS: Milliseconds = 20 * SECOND_MS;
/** A relay that refused will not think better of it soon; a new ticket is tried at once. */
const REFUSED_RETRY_MS: Milliseconds = 60 * SECOND_MS;

const REFUSALS: Record<Exclude<RelayRefusal, "accepted">, string> = {
  "bad-ticket": "the relay does not accept our ticket",
  expired: "our ticket has expired",
  "other-mesh": "the relay does not serve this mesh",
  full: "the relay is full",
  revoked: "the relay was told that we are no longer a member",
};

export interface RelaySessionOptions {
  readonly node: SigningKey;
  readonly meshId: Uint8Array;
  readonly relayKey: Uint8Array;
  readonly random: RandomBytes;
  /** Between pings, well below the 60 s after which a relay forgets; 15 s if absent. */
  readonly keepaliveMs?: Milliseconds;
}

interface Request {
  readonly schedule: Schedule;
  readonly startedAt: Milliseconds;
  readonly datagrams: readonly RelayTransmit[];
  sent: number;
}

type State =
  | { readonly kind: "waiting"; readonly until: Milliseconds }
  | { readonly kind: "greeting"; readonly request: Request; readonly nonces: ReadonlyMap<SocketAddress, Uint8Array> }
  | {
      readonly kind: "registering";
      readonly request: Request;
      readonly address: SocketAddress;
      readonly nonce: Uint8Array;
    }
  | {
      readonly kind: "registered";
      readonly address: SocketAddress;
      readonly session: number;
      ping: Request | undefined;
      sequence: bigint;
      /** Of the last ping, or of the acceptance. */
      heldAt: Milliseconds;
    };

type Registered = Extract<State, { kind: "registered" }>;

export class RelaySession {
  readonly #options: RelaySessionOptions;
  #addresses: readonly SocketAddress[] = [];
  #ticket: SignedTicket | undefined;
  #wanted = true;
  #keepaliveMs: Milliseconds;
  #state: State = { kind: "waiting", until: Infinity };
  #failures = 0;
  /** Gave a cookie but did not answer a registration. */
  #unresponsive: SocketAddress | undefined;
  #observed: SocketAddress | undefined;
  readonly #transmits: RelayTransmit[] = [];
  readonly #events: RelaySessionEvent[] = [];

  constructor(options: RelaySessionOptions) {
    this.#options = options;
    this.#keepaliveMs = options.keepaliveMs ?? SAFE_KEEPALIVE_MS;
  }

  /** Our address as the relay sees it. */
  get observed(): SocketAddress | undefined {
    return this.#observed;
  }

  /** The relay's addresses in the netmap. */
  handleAddresses(addresses: readonly SocketAddress[], now: Milliseconds): void {
    if (addresses.join() === this.#addresses.join()) return;
    this.#addresses = addresses;
    this.#events.push({ type: "listen", addresses });
    const state = this.#state;
    if (state.kind === "registered" && addresses.includes(state.address)) return;
    if (state.kind === "registered") this.#lose("the relay moved", now);
    else this.#greetAt(now);
    this.handleTimeout(now);
  }

  /** A ticket from the coordinator or from disk; a newer one replaces it. A session goes on with the ticket it was made with. */
  handleTicket(ticket: SignedTicket, now: Milliseconds): void {
    this.#ticket = ticket;
    if (this.#state.kind === "waiting") this.#greetAt(now);
    this.handleTimeout(now);
  }

  /** Whether there is to be a session; from the start there is. One that is not wanted any more ends. */
  handleWanted(wanted: boolean, now: Milliseconds): void {
    if (wanted === this.#wanted) return;
    this.#wanted = wanted;
    if (this.#state.kind === "registered") {
      this.#events.push({ type: "lost", address: this.#state.address, reason: "not needed any more" });
    }
    this.#failures = 0;
    this.#greetAt(now);
    this.handleTimeout(now);
  }

  /** The NAT's mappings live for another time than was thought. */
  handleKeepalive(keepaliveMs: Milliseconds, now: Milliseconds): void {
    this.#keepaliveMs = keepaliveMs;
    this.handleTimeout(now);
  }

  handleDatagram(datagram: Uint8Array, from: SocketAddress, now: Milliseconds): void {
    const message = decodeFromRelay(datagram);
    if (message === undefined) return;
    this.#handleMessage(message, from, now);
    this.handleTimeout(now);
  }

  /** There is doubt (the engine calls the relay's path dead): ask at once. */
  handleSuspicion(now: Milliseconds): void {
    const state = this.#state;
    if (state.kind === "registered" && state.ping?.schedule !== SUSPECT_PING_SCHEDULE) {
      this.#ping(state, SUSPECT_PING_SCHEDULE, now);
    }
    this.handleTimeout(now);
  }

  /** A session belongs to one source address: the relay answers the ping, or says that it does not know us there. */
  handleNetworkChange(now: Milliseconds): void {
    this.#failures = 0;
    this.#unresponsive = undefined;
    if (this.#state.kind === "registered") this.handleSuspicion(now);
    else this.#greetAt(now);
    this.handleTimeout(now);
  }

  handleTimeout(now: Milliseconds): void {
    const state = this.#state;
    switch (state.kind) {
      case "waiting":
        if (now >= state.until) this.#greet(now);
        return;
      case "greeting":
      case "registering":
        if (!this.#repeat(state.request, now)) return;
        if (state.kind === "registering") this.#unresponsive = state.address;
        this.#retry(now);
        return;
      case "registered":
        if (state.ping === undefined && now >= this.#pingAt(state)) this.#ping(state, PING_SCHEDULE, now);
        if (state.ping !== undefined && this.#repeat(state.ping, now)) this.#lose("the relay does not answer", now);
        return;
    }
  }

  pollTimeout(): Milliseconds | undefined {
    const state = this.#state;
    switch (state.kind) {
      case "waiting":
        return state.until === Infinity ? undefined : state.until;
      case "greeting":
      case "registering":
        return nextTime(state.request);
      case "registered":
        return state.ping === undefined ? this.#pingAt(state) : nextTime(state.ping);
    }
  }

  pollTransmit(): RelayTransmit | undefined {
    return this.#transmits.shift();
  }

  pollEvent(): RelaySessionEvent | undefined {
    return this.#events.shift();
  }

  // ---- what the relay says

  #handleMessage(message: FromRelay, from: SocketAddress, now: Milliseconds): void {
    const state = this.#state;
    switch (message.kind) {
      case "cookie": {
        const nonce = state.kind === "greeting" ? state.nonces.get(from) : undefined;
        if (nonce !== undefined && same(nonce, message.nonce)) this.#register(from, nonce, message.cookie, now);
        return;
      }
      case "accepted":
        if (state.kind !== "registering" || state.address !== from || !same(state.nonce, message.nonce)) return;
        if (this.#genuine(message.nonce, message.accepted)) this.#handleAnswer(from, message.accepted, now);
        return;
      case "pong":
        if (state.kind !== "registered" || state.address !== from || message.session !== state.session) return;
        if (state.ping === undefined || message.sequence !== state.sequence) return;
        state.ping = undefined;
        this.#failures = 0;
        this.#observe(message.observed);
        return;
      case "unknown-session":
        if (state.kind !== "registered" || state.address !== from || message.session !== state.session) return;
        this.#lose("the relay does not know the session", now);
        return;
    }
  }

  #genuine(nonce: Uint8Array, accepted: RelayAccepted): boolean {
    const { node, meshId, relayKey } = this.#options;
    return verifyRelayAccepted({ meshId, relayKey, nonce, nodeKey: nodeKeyOf(node) }, accepted);
  }

  #handleAnswer(address: SocketAddress, { refused, session, observed }: RelayAccepted, now: Milliseconds): void {
    if (refused !== "accepted") {
      this.#state = { kind: "waiting", until: now + REFUSED_RETRY_MS };
      this.#events.push({ type: "refused", reason: REFUSALS[refused] });
      return;
    }
    this.#unresponsive = undefined;
    this.#state = {
      kind: "registered",
      address,
      session,
      ping: undefined,
      sequence: 0n,
      heldAt: now,
    };
    this.#events.push({ type: "session", address, session });
    if (observed !== undefined) this.#observe(observed);
  }

  #observe(observed: SocketAddress): void {
    if (observed === this.#observed) return;
    this.#events.push({ type: "observed", moved: this.#observed !== undefined });
    this.#observed = observed;
  }

  // ---- what we say

  #greetAt(at: Milliseconds): void {
    const ready = this.#wanted && this.#ticket !== undefined && this.#addresses.length > 0;
    this.#state = { kind: "waiting", until: ready ? at : Infinity };
  }

  #greet(now: Milliseconds): void {
    const responsive = this.#addresses.filter((address) => address !== this.#unresponsive);
    const addresses = responsive.length > 0 ? responsive : this.#addresses;
    const nonces = new Map(addresses.map((address) => [address, this.#options.random(RELAY_NONCE_BYTES)]));
    const datagrams = Array.from(nonces, ([address, nonce]) => ({ address, data: encodeRelayHello(nonce) }));
    const request = { schedule: REQUEST_SCHEDULE, startedAt: now, datagrams, sent: 0 };
    this.#state = { kind: "greeting", nonces, request };
    this.#repeat(request, now);
  }

  #register(address: SocketAddress, nonce: Uint8Array, cookie: Uint8Array, now: Milliseconds): void {
    if (this.#ticket === undefined) return;
    const signature = signRelayRegister(this.#options.node, { ...this.#options, nonce }, cookie);
    const data = encodeRelayRegistration(nonce, cookie, { ticket: this.#ticket, signature });
    const request = { schedule: REQUEST_SCHEDULE, startedAt: now, datagrams: [{ address, data }], sent: 0 };
    this.#state = { kind: "registering", address, nonce, request };
    this.#repeat(request, now);
  }

  #ping(state: Registered, schedule: Schedule, now: Milliseconds): void {
    state.sequence += 1n;
    state.heldAt = now;
    const data = encodeRelayPing(state.session, state.sequence);
    state.ping = { schedule, startedAt: now, datagrams: [{ address: state.address, data }], sent: 0 };
  }

  #pingAt({ heldAt, sequence }: Registered): Milliseconds {
    return heldAt + (sequence === 0n ? Math.min(this.#keepaliveMs, SAFE_KEEPALIVE_MS) : this.#keepaliveMs);
  }

  /** Sends what is due; true if the request has failed. */
  #repeat(request: Request, now: Milliseconds): boolean {
    const { schedule, startedAt, datagrams } = request;
    const due = schedule.findLastIndex((ms) => now >= startedAt + ms) + 1;
    if (due === schedule.length) return true;
    if (due > request.sent) this.#transmits.push(...datagrams);
    request.sent = due;
    return false;
  }

  #lose(reason: string, now: Milliseconds): void {
    if (this.#state.kind !== "registered") return;
    this.#events.push({ type: "lost", address: this.#state.address, reason });
    this.#retry(now);
  }

  #retry(now: Milliseconds): void {
    const lost = this.#state.kind === "registered" && this.#failures === 0;
    this.#failures += 1;
    this.#greetAt(lost ? now : now + backoffMs(this.#failures));
    this.handleTimeout(now);
  }
}

function nextTime({ schedule, startedAt, sent }: Request): Milliseconds {
  return startedAt + (schedule[sent] ?? 0);
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
