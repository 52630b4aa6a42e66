// What a node says to one peer, pings excepted: where it can be reached - through the coordinator, and over the relays that both use, so
// that either may be away -, what it knows of hard NATs, and its answers. Sealed as soon as it is said.
import type { SocketAddress } from "../protocol/address.ts";
import type { Candidate } from "../protocol/candidate.ts";
import type { DiscoBody } from "../protocol/messages.ts";
import { type NatHint, UNKNOWN_NAT } from "../protocol/nat-hint.ts";
import type { Attempt } from "./attempts.ts";
import { addressesOf } from "./targets.ts";
import type { DiscoChannel, DiscoTransmit, PeerPathsEvent, Route } from "./types.ts";

/** Relays our candidates are sent over: home and standby. */
const MAX_SIGNAL_RELAYS = 2;

export class Signalling {
  readonly #channel: DiscoChannel;
  #local: readonly Candidate[] = [];
  #nat: NatHint = UNKNOWN_NAT;
  #relays: readonly Route[] = [];
  /** The attempt of ours that no relay could carry yet. */
  #untold: Attempt | undefined;
  /** Sealed and paid for. */
  readonly #outbox: DiscoTransmit[] = [];

  constructor(channel: DiscoChannel) {
    this.#channel = channel;
  }

  /** Our own addresses, as told to the peer. */
  get local(): readonly SocketAddress[] {
    return addressesOf(this.#local);
  }

  isOwn(address: SocketAddress): boolean {
    return this.#local.some((candidate) => candidate.address === address);
  }

  /** True if there is something new to tell. */
  handleLocalCandidates(candidates: readonly Candidate[]): boolean {
    const changed = addressesOf(candidates).join() !== addressesOf(this.#local).join();
    this.#local = candidates;
    return changed;
  }

  handleOwnNat(nat: NatHint): void {
    this.#nat = nat;
  }

  /** Best first. */
  handleRelays(relays: readonly Route[], running: Attempt | undefined): void {
    this.#relays = relays;
    if (this.#untold !== undefined && this.#untold === running) this.tellOfOwn(this.#untold);
  }

  /** For the coordinator. */
  signal(attempt: number): PeerPathsEvent {
    return { type: "signal", attempt, candidates: this.#local, nat: this.#nat };
  }

  /** Over the relays, at once or when the first is there. */
  tellOfOwn(attempt: Attempt): void {
    this.tell(attempt.number, true);
    this.#untold = this.#relays.length > 0 ? undefined : attempt;
  }

  tell(attempt: number, replyWanted: boolean): void {
    this.sayOverRelays({ kind: "candidates", candidates: this.#local, attempt, replyWanted, nat: this.#nat });
  }

  sayOverRelays(body: DiscoBody): void {
    for (const to of this.#relays.slice(0, MAX_SIGNAL_RELAYS)) this.say(body, to);
  }

  say(body: DiscoBody, to: Route): void {
    this.#outbox.push({ data: this.#channel.seal(body), to });
  }

  /** What was not sent yet is void. */
  clear(): void {
    this.#outbox.length = 0;
  }

  pollTransmit(): DiscoTransmit | undefined {
    return this.#outbox.shift();
  }
}
