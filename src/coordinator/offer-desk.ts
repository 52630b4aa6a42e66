// Relays that members offer. An offer is a claim: it is in the netmap only while the coordinator itself reaches the relay from outside
// (relay-proof.ts), which is looked at again now and then. It goes when the member withdraws it, is removed, or stays away. Those that
// were in the netmap before a restart (offered-relays.ts) are in it again at once, as those of members that are away. Of a node that the
// operator refused none is taken until that is taken back.
import type { Logger } from "pino";
import type { SocketAddress } from "../protocol/address.ts";
import type { RelayEntry } from "../protocol/messages.ts";
import { type NodeKey, nodeKeyBytes } from "../protocol/node-key.ts";
import { isAcceptableClaim } from "./claims.ts";
import { uniqueName } from "./hostname.ts";
import { answer, answerOf, type Held, type Offer } from "./offer.ts";
import type { OfferedRelay, OfferedRelays } from "./offered-relays.ts";
import type { OverlayPrefix } from "./prefixes.ts";
import type { ProveRelay } from "./relay-prober.ts";
import type { RunningSession } from "./session-runner.ts";
import { TokenBucket } from "../protocol/token-bucket.ts";

/** Every node measures the way to each relay; those of the operator come first. */
const MAX_OFFERS = 32;
const CHECK_EVERY_MS = 5 * 60_000;
/** Of one that could not be reached: somebody may be opening a firewall. */
const UNREACHED_CHECK_MS = 60_000;
/** A relay that was reached before is asked once more before it goes. */
const DOUBT_CHECK_MS = 10_000;
const FAILURES_TO_GO = 2;
/** A member that reconnects finds its relay as it left it. */
export const AWAY_GRACE_MS = 60_000;
/** Checks that changes of one member's claims may cause. */
const CHECK_RATE = { perSecond: 0.1, burst: 4 } as const;

export interface OfferDeskOptions {
  readonly store: OfferedRelays;
  /** Undefined: the operator takes no offers. */
  readonly prove: ProveRelay | undefined;
  readonly overlay: readonly OverlayPrefix[];
  readonly hostnameOf: (nodeKey: NodeKey) => string | undefined;
  /** Of a relay that is none of these. */
  readonly isRelayName: (name: string) => boolean;
  /** Tells the node which others its relay must not admit. */
  readonly tellRevocations: (running: RunningSession, name: string) => void;
  readonly log: Logger;
  /** Monotonic ms. */
  readonly now: () => number;
  /** What nodes are told of relays changed. */
  readonly onChange: () => void;
}

export class OfferDesk {
  readonly #options: OfferDeskOptions;
  readonly #offers = new Map<NodeKey, Held>();

  constructor(options: OfferDeskOptions) {
    this.#options = options;
    for (const relay of options.store.kept()) this.#restore(relay);
    for (const nodeKey of options.store.refused().keys()) {
      if (options.hostnameOf(nodeKey) === undefined) this.#write(options.store.allow(nodeKey));
    }
  }

  entries(): readonly RelayEntry[] {
    return [...this.#offers.values()]
      .filter(({ proven }) => proven.length > 0)
      .map(({ nodeKey, name, proven, isOnline }) => {
        const said = { region: "", tcpAddresses: [], away: !isOnline, offered: true };
        return { kind: "relay", relay: name, key: nodeKeyBytes(nodeKey), udpAddresses: proven, ...said };
      });
  }

  /** Of members. Those that were refused included, under the names they had, whether or not their nodes are there. */
  offers(): readonly Offer[] {
    const { store, hostnameOf } = this.#options;
    const refused = store.refused();
    const none = { claimed: [], proven: [], isOnline: false };
    const absent = [...refused.keys()].filter((nodeKey) => !this.#offers.has(nodeKey));
    return [...this.#offers.values(), ...absent.map((nodeKey) => ({ nodeKey, name: "", ...none }))]
      .filter(({ nodeKey }) => hostnameOf(nodeKey) !== undefined)
      .map(({ nodeKey, name, claimed, proven, isOnline }) => {
        const nameNow = refused.get(nodeKey) ?? name;
        return { nodeKey, name: nameNow, claimed, proven, isOnline, isRefused: refused.has(nodeKey) };
      });
  }

  /** By the name that its relay has; one that has none yet by its node's. */
  find(name: string): Offer | undefined {
    const offers = this.offers();
    const named = offers.find((offer) => offer.name === name);
    return named ?? offers.find((offer) => offer.name === "" && this.#options.hostnameOf(offer.nodeKey) === name);
  }

  /** Takes a node's relay out of the mesh, and no more of that node's. */
  async refuse({ nodeKey, name }: Offer): Promise<void> {
    const { store, hostnameOf, log } = this.#options;
    await store.refuse(nodeKey, name === "" ? (hostnameOf(nodeKey) ?? "") : name);
    log.info({ relay: name }, "an offered relay is refused");
    const offer = this.#offers.get(nodeKey);
    if (offer !== undefined) this.#turnDown(offer);
  }

  /** Takes that back: what the node offers is looked at again. */
  async allow({ nodeKey }: Offer): Promise<void> {
    await this.#options.store.allow(nodeKey);
    const offer = this.#offers.get(nodeKey);
    if (offer === undefined) return;
    offer.checkAt = this.#options.now();
    this.#tell(offer);
    this.#checkIfDue(offer);
  }

  isTaken(name: string): boolean {
    return [...this.#offers.values()].some((offer) => offer.name === name && !offer.isRefused);
  }

  handleOffer(running: RunningSession, nodeKey: NodeKey, addresses: readonly SocketAddress[]): void {
    const { prove, overlay, now, tellRevocations, onChange } = this.#options;
    if (addresses.length === 0) {
      this.remove(nodeKey);
      return;
    }
    const known = this.#offers.get(nodeKey);
    const isRefused = this.#options.store.refused().has(nodeKey);
    if (prove === undefined || (known === undefined && !isRefused && this.#count() >= MAX_OFFERS)) {
      answer(running, { status: prove === undefined ? "not-wanted" : "full", relay: "", udpAddresses: [] });
      return;
    }
    const claimed = addresses.filter((address) => isAcceptableClaim(address, overlay));
    const offer = known ?? this.#open(nodeKey);
    const isNews = claimed.join() !== offer.claimed.join();
    offer.running = running;
    offer.claimed = claimed;
    if (isRefused) {
      this.#turnDown(offer);
      return;
    }
    offer.proven = offer.proven.filter((address) => claimed.includes(address));
    if (isNews || offer.proven.length === 0) offer.checkAt = now();
    this.#keep(offer);
    tellRevocations(running, offer.name);
    answer(running, answerOf(offer));
    onChange();
    this.#checkIfDue(offer);
  }

  /** The session over which a member offered its relay has ended. */
  handleEnd(running: RunningSession): void {
    for (const offer of this.#offers.values()) {
      if (offer.running !== running) continue;
      offer.running = undefined;
      offer.goneAt = this.#options.now();
      this.#options.onChange();
    }
  }

  /** Withdrawn, or the node is no member any more. */
  remove(nodeKey: NodeKey): void {
    if (this.#options.hostnameOf(nodeKey) === undefined) this.#write(this.#options.store.allow(nodeKey));
    const offer = this.#offers.get(nodeKey);
    if (offer === undefined) return;
    this.#offers.delete(nodeKey);
    this.#write(this.#options.store.drop(nodeKey));
    if (offer.name !== "") this.#options.log.info({ relay: offer.name }, "an offered relay is gone");
    this.#options.onChange();
  }

  /** The sessions of the members whose relays must hear who is a member. */
  *sessions(): Generator<RunningSession> {
    for (const { running } of this.#offers.values()) if (running !== undefined) yield running;
  }

  /** Now and then. */
  handleSweep(): void {
    const now = this.#options.now();
    for (const offer of this.#offers.values()) {
      if (offer.running === undefined && now - offer.goneAt >= AWAY_GRACE_MS) this.remove(offer.nodeKey);
      else this.#checkIfDue(offer);
    }
  }

  #restore({ nodeKey, name, udpAddresses }: OfferedRelay): void {
    const { prove, hostnameOf, isRelayName, store } = this.#options;
    if (prove === undefined || hostnameOf(nodeKey) === undefined || isRelayName(name)) {
      this.#write(store.drop(nodeKey));
      return;
    }
    const offer = this.#open(nodeKey);
    offer.name = name;
    offer.claimed = offer.proven = udpAddresses;
  }

  #count(): number {
    return [...this.#offers.values()].filter(({ isRefused }) => !isRefused).length;
  }

  #turnDown(offer: Held): void {
    offer.proven = [];
    offer.name = "";
    this.#keep(offer);
    this.#tell(offer);
  }

  #tell(offer: Held): void {
    if (offer.running !== undefined) {
      answer(offer.running, answerOf(offer));
      offer.running.pump();
    }
    this.#options.onChange();
  }

  #open(nodeKey: NodeKey): Held {
    const { now: clock, store } = this.#options;
    const now = clock();
    const offer: Held = {
      ...{ nodeKey, name: "", claimed: [], proven: [], running: undefined, goneAt: now },
      ...{ isChecking: false, checkAt: now, failures: 0 },
      bucket: new TokenBucket(CHECK_RATE.perSecond, CHECK_RATE.burst, now),
      get isOnline() {
        return this.running !== undefined;
      },
      get isRefused() {
        return store.refused().has(nodeKey);
      },
    };
    this.#offers.set(nodeKey, offer);
    return offer;
  }

  #checkIfDue(offer: Held): void {
    const { now, prove } = this.#options;
    if (prove === undefined || offer.running === undefined || offer.isChecking || offer.isRefused) return;
    if (now() < offer.checkAt || !offer.bucket.take(now())) return;
    offer.isChecking = true;
    const { claimed } = offer;
    void prove(nodeKeyBytes(offer.nodeKey), claimed).then((proven) => {
      offer.isChecking = false;
      if (this.#offers.get(offer.nodeKey) !== offer || offer.isRefused) return;
      if (offer.claimed === claimed) this.#handleProof(offer, proven);
      else this.#checkIfDue(offer);
    });
  }

  #handleProof(offer: Held, proven: readonly SocketAddress[]): void {
    const { log, now } = this.#options;
    const before = offer.proven.length > 0;
    if (proven.length > 0) {
      offer.failures = 0;
      offer.proven = proven;
      offer.checkAt = now() + CHECK_EVERY_MS;
      if (offer.name === "") offer.name = this.#nameFor(offer.nodeKey);
    } else {
      offer.failures += 1;
      if (before && offer.failures < FAILURES_TO_GO) {
        offer.checkAt = now() + DOUBT_CHECK_MS;
        return;
      }
      offer.proven = [];
      offer.checkAt = now() + UNREACHED_CHECK_MS;
    }
    this.#keep(offer);
    if (before !== proven.length > 0) {
      const words = proven.length > 0 ? "a member's relay is offered to all" : "a member's relay cannot be reached";
      log.info({ relay: offer.name, claimed: offer.claimed, proven }, words);
    }
    this.#tell(offer);
  }

  /** What is in the netmap is on disk, and nothing else. */
  #keep({ nodeKey, name, proven }: Held): void {
    const { store } = this.#options;
    this.#write(proven.length > 0 ? store.keep({ nodeKey, name, udpAddresses: proven }) : store.drop(nodeKey));
  }

  #write(writing: Promise<void>): void {
    writing.catch((error: unknown) => {
      this.#options.log.error({ err: error }, "cannot write what is known of an offered relay");
    });
  }

  /** That of the node, where no other relay has it. */
  #nameFor(nodeKey: NodeKey): string {
    const { hostnameOf, isRelayName } = this.#options;
    return uniqueName(hostnameOf(nodeKey) ?? "node", (name) => isRelayName(name) || this.isTaken(name));
  }
}
