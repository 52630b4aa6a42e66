// How long the NAT (or firewall) in front of this host keeps a UDP mapping that nothing is sent through: what keepalives have to beat.
//
// One trial is one socket of its own. It asks a server for its mapping, and again 3 s later: Linux and others give a flow its full
// lifetime only when it is that old. At once the main socket asks the same server to answer to that mapping (RESPONSE-PORT, RFC 5780
// §7.5; the scheme is that of §4.6): it arrives where this can be measured at all, for it comes from an address and port that the mapping
// knows (RFC 4787 §5). Then the socket is silent for as long as the trial is to last, and the main socket asks once more. An answer says
// that the mapping lived; if none comes although the silent socket then reaches the server, it died; anything else says nothing.
//
// Trials search the ladder by halves, one at a time: three for a network, four requests each. What is found holds for half a day, and the
// network is then searched again; what says nothing is tried again with another server, ever more rarely. `handleDoubt` is for whoever
// saw a mapping die that should have lived.
//
// Assumes that socket 0 is the engine's and shares its public IP with others of this host (else the first answer does not arrive).
import { type IpFamily, type SocketAddress, splitSocketAddress } from "../../protocol/address.ts";
import { type Milliseconds, SECOND_MS } from "../../protocol/units.ts";
import { type Transaction, Transactions } from "./transactions.ts";
import type { MappingLifetime, NetcheckTransmit } from "./types.ts";

/** Below the first nothing helps; beyond the last nothing is gained (RFC 4787 REQ-5 asks for two minutes). */
const LADDER_MS: readonly Milliseconds[] = [20, 30, 45, 60, 90, 120].map((seconds) => seconds * SECOND_MS);
const [MAIN_SOCKET, SILENT_SOCKET] = [0, 1] as const;
/** A flow counts as established after two seconds on Linux (nf_conntrack_proto_udp). */
const YOUNG_MS: Milliseconds = 3 * SECOND_MS;
/** Joining has better uses for the first seconds. */
const START_AFTER_MS: Milliseconds = 10 * SECOND_MS;
const PAUSE_MS: Milliseconds = 2 * SECOND_MS;
const SEARCH_AGAIN_MS: Milliseconds = 12 * 3600 * SECOND_MS;
const FIRST_RETRY_MS: Milliseconds = 300 * SECOND_MS;
const RETRY_MAX_MS: Milliseconds = 6 * 3600 * SECOND_MS;

/** The network that this host is in now. */
export interface MeasuredNetwork {
  /** Of one family, best first. */
  readonly servers: readonly SocketAddress[];
  /** Found here before. */
  readonly remembered: { readonly lifetime: MappingLifetime; readonly ageMs: Milliseconds } | undefined;
}

export type LifetimeTransmit =
  | Extract<NetcheckTransmit, { kind: "stun" }>
  /** A fresh socket, number 1: `handleSocket` when it is there. */
  | { readonly kind: "open"; readonly family: IpFamily }
  | { readonly kind: "close" };

type Step =
  | { readonly kind: "greeting"; readonly greeting: Transaction }
  | { readonly kind: "young"; readonly until: Milliseconds; readonly mapped: SocketAddress }
  | { readonly kind: "checking"; readonly again: Transaction; readonly check: Transaction }
  | { readonly kind: "silent"; readonly until: Milliseconds; readonly mapped: SocketAddress }
  | { readonly kind: "asking"; readonly asking: Transaction }
  | { readonly kind: "confirming"; readonly confirming: Transaction };

type State =
  | { readonly kind: "waiting"; readonly until: Milliseconds }
  | { readonly kind: "opening"; readonly server: SocketAddress }
  | { readonly kind: "trial"; readonly server: SocketAddress; step: Step };

export interface LifetimeEvent {
  /** Known from now on. */
  readonly lifetime: MappingLifetime | undefined;
  /** Out of a whole search: worth remembering. */
  readonly isFinal: boolean;
}

export class LifetimeMachine {
  readonly #random: (length: number) => Uint8Array;
  #network: MeasuredNetwork | undefined;
  #state: State = { kind: "waiting", until: Infinity };
  #transactions: Transactions;
  /** Of the search that goes on: indexes of LADDER_MS that are known to survive and to die. */
  #survived = -1;
  #died = LADDER_MS.length;
  #failures = 0;
  #known: MappingLifetime | undefined;
  readonly #transmits: LifetimeTransmit[] = [];
  readonly #events: LifetimeEvent[] = [];

  constructor(random: (length: number) => Uint8Array) {
    this.#random = random;
    this.#transactions = new Transactions(random);
  }

  /** Undefined: not measured in this network. */
  get lifetime(): MappingLifetime | undefined {
    return this.#known;
  }

  /** This host is in another network, or in none that reaches a server. */
  handleNetwork(network: MeasuredNetwork | undefined, now: Milliseconds): void {
    this.#network = network;
    this.#failures = 0;
    this.#know(network?.remembered?.lifetime, false);
    const ageMs = network?.remembered?.ageMs;
    const restMs = ageMs === undefined ? 0 : SEARCH_AGAIN_MS - ageMs;
    this.#restart(now + Math.max(START_AFTER_MS, restMs));
  }

  /** What is under way was disturbed. */
  handleNetworkChange(now: Milliseconds): void {
    if (this.#state.kind !== "waiting") this.#restart(now + START_AFTER_MS);
  }

  /** A mapping died that had a packet as often as `lifetime` wants. */
  handleDoubt(now: Milliseconds): void {
    if (this.#known === undefined) return;
    this.#know(undefined, false);
    this.#restart(now + START_AFTER_MS);
  }

  handleSocket(opened: boolean, now: Milliseconds): void {
    if (this.#state.kind !== "opening") return;
    const { server } = this.#state;
    if (opened) this.#state = { kind: "trial", server, step: { kind: "greeting", greeting: this.#greet(server, now) } };
    else this.#fail(now);
    this.handleTimeout(now);
  }

  /** Of the silent socket, and of the main one (refusals). */
  handleDatagram(socket: number, datagram: Uint8Array, from: SocketAddress, now: Milliseconds): void {
    this.#transactions.handleDatagram(socket, datagram, from, now);
    this.handleTimeout(now);
  }

  handleTimeout(now: Milliseconds): void {
    this.#transactions.handleTimeout(now);
    this.#advance(now);
    this.#transactions.handleTimeout(now);
  }

  pollTimeout(): Milliseconds | undefined {
    const timed = this.#state.kind === "trial" ? this.#state.step : this.#state;
    if ("until" in timed) return timed.until === Infinity ? undefined : timed.until;
    return this.#transactions.pollTimeout();
  }

  pollTransmit(): LifetimeTransmit | undefined {
    for (let next = this.#transactions.pollTransmit(); next !== undefined; next = this.#transactions.pollTransmit()) {
      if (next.kind === "stun") this.#transmits.push(next);
    }
    return this.#transmits.shift();
  }

  pollEvent(): LifetimeEvent | undefined {
    return this.#events.shift();
  }

  #advance(now: Milliseconds): void {
    const state = this.#state;
    switch (state.kind) {
      case "waiting":
        if (now >= state.until) this.#open();
        return;
      case "opening":
        return;
      case "trial": {
        const next = this.#after(state.step, state.server, now);
        if (next === "nothing") this.#fail(now);
        else if (typeof next === "string") this.#conclude(next, now);
        else state.step = next;
      }
    }
  }

  /** What follows the step, itself if it goes on; or what the trial shows. */
  #after(step: Step, server: SocketAddress, now: Milliseconds): Step | "survived" | "died" | "nothing" {
    switch (step.kind) {
      case "greeting": {
        const { outcome } = step.greeting;
        if (outcome.kind === "pending") return step;
        if (outcome.kind !== "answered") return "nothing";
        return { kind: "young", until: now + YOUNG_MS, mapped: outcome.mapped };
      }
      case "young":
        if (now < step.until) return step;
        return { kind: "checking", check: this.#ask(server, step.mapped, now), again: this.#greet(server, now) };
      case "checking": {
        const [again, check] = [step.again.outcome, step.check.outcome];
        if (again.kind === "pending" || check.kind === "pending") return step;
        if (again.kind !== "answered" || check.kind !== "answered") return "nothing";
        return { kind: "silent", until: now + this.#idleMs(), mapped: again.mapped };
      }
      case "silent":
        return now < step.until ? step : { kind: "asking", asking: this.#ask(server, step.mapped, now) };
      case "asking":
        if (step.asking.outcome.kind === "pending") return step;
        if (step.asking.outcome.kind === "answered") return "survived";
        return { kind: "confirming", confirming: this.#greet(server, now) };
      case "confirming":
        if (step.confirming.outcome.kind === "pending") return step;
        return step.confirming.outcome.kind === "answered" ? "died" : "nothing";
    }
  }

  #open(): void {
    const servers = this.#network?.servers ?? [];
    // Another one after each failure.
    const server = servers[this.#failures % Math.max(1, servers.length)];
    if (server === undefined) {
      this.#state = { kind: "waiting", until: Infinity };
      return;
    }
    this.#state = { kind: "opening", server };
    this.#transmits.push({ kind: "open", family: splitSocketAddress(server).family });
  }

  #greet(to: SocketAddress, now: Milliseconds): Transaction {
    return this.#transactions.start({ socket: SILENT_SOCKET, to }, now);
  }

  /** The main socket asks for an answer to the silent one's mapping. */
  #ask(to: SocketAddress, mapped: SocketAddress, now: Milliseconds): Transaction {
    const wish = { kind: "response-port", port: splitSocketAddress(mapped).port } as const;
    return this.#transactions.start({ socket: MAIN_SOCKET, answerOn: SILENT_SOCKET, to, wish }, now);
  }

  /** Of the trial that goes on: halfway between what survives and what dies. */
  #idleMs(): Milliseconds {
    return LADDER_MS[this.#index()] ?? 0;
  }

  #index(): number {
    return Math.floor((this.#survived + this.#died) / 2);
  }

  #conclude(what: "survived" | "died", now: Milliseconds): void {
    this.#failures = 0;
    if (what === "survived") this.#survived = this.#index();
    else this.#died = this.#index();
    const finished = this.#died - this.#survived === 1;
    const found = { survivedMs: LADDER_MS[this.#survived] ?? 0, diedMs: LADDER_MS[this.#died] };
    const contradicts = this.#known !== undefined && (found.diedMs ?? Infinity) <= this.#known.survivedMs;
    const isFirstWord = this.#known === undefined && found.survivedMs > 0;
    if (finished || contradicts || isFirstWord) this.#know(found, finished);
    if (finished) this.#restart(now + this.#jittered(SEARCH_AGAIN_MS));
    else this.#wait(now + PAUSE_MS);
  }

  #fail(now: Milliseconds): void {
    this.#failures += 1;
    this.#wait(now + this.#jittered(Math.min(RETRY_MAX_MS, FIRST_RETRY_MS * 2 ** (this.#failures - 1))));
  }

  /** Forgets the search, keeps what is known. */
  #restart(at: Milliseconds): void {
    this.#survived = -1;
    this.#died = LADDER_MS.length;
    this.#wait(at);
  }

  #wait(until: Milliseconds): void {
    if (this.#state.kind !== "waiting") this.#transmits.push({ kind: "close" });
    this.#transactions = new Transactions(this.#random);
    this.#state = { kind: "waiting", until: this.#network === undefined ? Infinity : until };
  }

  #know(lifetime: MappingLifetime | undefined, isFinal: boolean): void {
    const isSame = lifetime?.survivedMs === this.#known?.survivedMs && lifetime?.diedMs === this.#known?.diedMs;
    this.#known = lifetime;
    if (!isSame || isFinal) this.#events.push({ lifetime, isFinal });
  }

  /** Hosts that started together must not ask together for ever. */
  #jittered(ms: Milliseconds): Milliseconds {
    return ms * (0.9 + ((this.#random(1)[0] ?? 0) / 255) * 0.2);
  }
}
