// Which relays a node keeps sessions at: its home (the nearest), a hot standby (the next), and for as long as there is traffic the
// homes of peers. How near a relay is tells the round trip of a hello and its cookie, which every relay answers to everybody: three to
// each in a round. All are asked when something changed and once an hour, the nearest few every five minutes: a mesh may have many. With
// one relay there is nothing to choose, and nothing is sent.
//
// The home is what peers look for: it changes at once when its session is lost, but for a nearer one only if that is clearly nearer in
// two rounds in a row.
//
// A relay that a member offers may be nearer, but is a member's machine: it sleeps, moves, is reached by some and not by others. So beside
// such a home the standby is one that no member offers. A node's own relay is the nearest of all and of no use to it: it comes last.
import type { SocketAddress } from "../protocol/address.ts";
import { type Milliseconds, SECOND_MS } from "../protocol/units.ts";
import { decodeFromRelay, encodeRelayHello, RELAY_NONCE_BYTES } from "./relay-control.ts";
import type { RandomBytes, RelayTransmit } from "./types.ts";

export interface RelayToChoose {
  readonly name: string;
  readonly addresses: readonly SocketAddress[];
  /** The coordinator does not hear of it. */
  readonly away: boolean;
  /** By a member. */
  readonly offered: boolean;
  /** By this node. */
  readonly own: boolean;
}

/** When the hellos of a round leave, and its end. */
const ROUND: readonly Milliseconds[] = [0, 200, 500, 1000];
const ROUND_INTERVAL_MS: Milliseconds = 300 * SECOND_MS;
/** Asked in every round. */
const NEAREST = 4;
/** Of so many rounds one asks all. */
const ROUNDS_PER_HOUR = 12;
/** Until the round that has to confirm a nearer relay, and the one after a loss. */
const CONFIRM_AFTER_MS: Milliseconds = 15 * SECOND_MS;
/** A relay that is nearer by less is not worth telling everybody. */
const CLEAR_GAIN_MS: Milliseconds = 10;
const CLEAR_GAIN_SHARE = 0.2;
const ROUNDS_TO_CONVINCE = 2;
/** Homes of peers with traffic, beside our own home and standby. */
const MAX_WANTED = 8;

interface Known {
  readonly relay: RelayToChoose;
  /** Of the last round that was answered; undefined: none, or its session was lost since. */
  rttMs: Milliseconds | undefined;
  /** Of the round that goes on. */
  bestMs: Milliseconds | undefined;
  isLive: boolean;
}

interface Round {
  readonly startedAt: Milliseconds;
  /** Names of those that are asked. */
  readonly asked: readonly string[];
  sent: number;
  /** By nonce in hexadecimal. */
  readonly hellos: Map<string, { readonly name: string; readonly address: SocketAddress; readonly at: Milliseconds }>;
}

export class RelayChoice {
  readonly #random: RandomBytes;
  readonly #known = new Map<string, Known>();
  #wanted: readonly string[] = [];
  #home = "";
  #challenger: { readonly name: string; rounds: number } | undefined;
  #round: Round | undefined;
  #nextRoundAt: Milliseconds = 0;
  /** Until one asks all. */
  #roundsLeft = 0;
  readonly #transmits: RelayTransmit[] = [];

  constructor(random: RandomBytes) {
    this.#random = random;
  }

  /** Of those with a session, where peers are to look for us; "" without any. */
  get home(): string {
    if (this.#known.get(this.#home)?.isLive === true) return this.#home;
    // The nearest may answer everybody's hello and still not take us in.
    return this.#ranked().find((name) => this.#known.get(name)?.isLive === true) ?? this.#home;
  }

  /** Relays to keep sessions at, home first. */
  get sessions(): readonly string[] {
    const [home, ...others] = [...this.#ranked()].sort((a, b) => Number(b === this.#home) - Number(a === this.#home));
    if (home === undefined) return [];
    const isOffered = (name: string): boolean => this.#known.get(name)?.relay.offered === true;
    const lasting = isOffered(home) ? others.find((name) => !isOffered(name)) : undefined;
    const wanted = this.#wanted.filter((name) => this.#known.has(name));
    return [...new Set([home, ...(lasting === undefined ? others.slice(0, 1) : [lasting]), ...wanted])];
  }

  /** Undefined: never answered. */
  rttMs(name: string): Milliseconds | undefined {
    return this.#known.get(name)?.rttMs;
  }

  /** All of the netmap. */
  handleRelays(relays: readonly RelayToChoose[], now: Milliseconds): void {
    const before = new Map(this.#known);
    this.#known.clear();
    let isNews = false;
    for (const relay of relays) {
      const known = before.get(relay.name);
      const isSame = known?.relay.addresses.join() === relay.addresses.join();
      isNews ||= !isSame;
      const fresh = { rttMs: undefined, bestMs: undefined, isLive: known?.isLive ?? false };
      this.#known.set(relay.name, { ...(isSame ? known : fresh), relay });
    }
    if (isNews || relays.length !== before.size) this.#measureFrom(now);
    this.#keepHome();
  }

  /** Homes of the peers that have traffic. */
  handleWanted(names: readonly string[]): void {
    this.#wanted = names.slice(0, MAX_WANTED);
  }

  handleSession(name: string, isLive: boolean, now: Milliseconds): void {
    const known = this.#known.get(name);
    if (known === undefined) return;
    known.isLive = isLive;
    if (!isLive) {
      known.rttMs = undefined;
      this.#roundsLeft = 0;
      this.#nextRoundAt = Math.min(this.#nextRoundAt, now + CONFIRM_AFTER_MS);
    }
    this.#keepHome();
  }

  handleNetworkChange(now: Milliseconds): void {
    this.#measureFrom(now);
  }

  /** Relay control from an address of a relay: cookies that answer our hellos. */
  handleDatagram(datagram: Uint8Array, from: SocketAddress, now: Milliseconds): void {
    const message = decodeFromRelay(datagram);
    if (message?.kind !== "cookie" || this.#round === undefined) return;
    const key = Buffer.from(message.nonce).toString("hex");
    const hello = this.#round.hellos.get(key);
    if (hello?.address !== from) return;
    this.#round.hellos.delete(key);
    const known = this.#known.get(hello.name);
    if (known !== undefined) known.bestMs = Math.min(known.bestMs ?? Infinity, now - hello.at);
  }

  handleTimeout(now: Milliseconds): void {
    if (this.#known.size < 2) return;
    if (this.#round === undefined && now >= this.#nextRoundAt) {
      for (const known of this.#known.values()) known.bestMs = undefined;
      this.#round = { startedAt: now, asked: this.#toAsk(), sent: 0, hellos: new Map() };
    }
    const round = this.#round;
    if (round === undefined) return;
    const due = ROUND.filter((at) => now >= round.startedAt + at).length;
    if (due === ROUND.length) this.#endRound(round, now);
    else if (due > round.sent) {
      round.sent = due;
      this.#greetAsked(round, now);
    }
  }

  pollTimeout(): Milliseconds | undefined {
    if (this.#known.size < 2) return undefined;
    if (this.#round === undefined) return this.#nextRoundAt;
    return this.#round.startedAt + (ROUND[this.#round.sent] ?? 0);
  }

  pollTransmit(): RelayTransmit | undefined {
    return this.#transmits.shift();
  }

  #toAsk(): readonly string[] {
    this.#roundsLeft -= 1;
    const ranked = this.#ranked();
    if (this.#roundsLeft >= 0) return [...new Set([...ranked.slice(0, NEAREST), this.#home])];
    this.#roundsLeft = ROUNDS_PER_HOUR - 1;
    return ranked;
  }

  #measureFrom(now: Milliseconds): void {
    this.#round = undefined;
    this.#roundsLeft = 0;
    this.#nextRoundAt = now;
    this.#challenger = undefined;
  }

  #greetAsked({ asked, hellos }: Round, now: Milliseconds): void {
    for (const name of asked) {
      for (const address of this.#known.get(name)?.relay.addresses ?? []) {
        const nonce = this.#random(RELAY_NONCE_BYTES);
        hellos.set(Buffer.from(nonce).toString("hex"), { name, address, at: now });
        this.#transmits.push({ address, data: encodeRelayHello(nonce) });
      }
    }
  }

  #endRound({ asked }: Round, now: Milliseconds): void {
    this.#round = undefined;
    this.#nextRoundAt = now + ROUND_INTERVAL_MS;
    const isFirst = this.#known.get(this.#home)?.rttMs === undefined;
    for (const name of asked) {
      const known = this.#known.get(name);
      if (known !== undefined) known.rttMs = known.bestMs;
    }
    const [nearest] = this.#ranked();
    const home = this.#known.get(this.#home);
    if (nearest === undefined || nearest === this.#home || !this.#isClearlyNearer(nearest, home)) {
      this.#challenger = undefined;
    } else if (isFirst) {
      this.#home = nearest;
    } else {
      this.#challenge(nearest, now);
    }
  }

  #challenge(name: string, now: Milliseconds): void {
    const rounds = this.#challenger?.name === name ? this.#challenger.rounds + 1 : 1;
    this.#challenger = { name, rounds };
    if (rounds < ROUNDS_TO_CONVINCE) this.#nextRoundAt = now + CONFIRM_AFTER_MS;
    else {
      this.#home = name;
      this.#challenger = undefined;
    }
  }

  #isClearlyNearer(name: string, home: Known | undefined): boolean {
    const rttMs = this.#known.get(name)?.rttMs;
    if (rttMs === undefined) return false;
    if (home?.rttMs === undefined) return true;
    return home.rttMs - rttMs >= Math.max(CLEAR_GAIN_MS, CLEAR_GAIN_SHARE * home.rttMs);
  }

  /** A home that lost its session is no home while there is another with one; one that was just measured has a session soon. */
  #keepHome(): void {
    const home = this.#known.get(this.#home);
    if (home?.isLive === true || home?.rttMs !== undefined) return;
    const live = this.#ranked().find((name) => this.#known.get(name)?.isLive === true);
    this.#home = live ?? (this.#known.has(this.#home) ? this.#home : "");
  }

  /** Nearest first; without an answer, in the netmap's order, those that are away later; our own last. */
  #ranked(): readonly string[] {
    const rank = ({ rttMs, isLive, relay }: Known): number =>
      relay.own ? 4e6 : (rttMs ?? (isLive ? 1e6 : relay.away ? 3e6 : 2e6));
    return [...this.#known].sort(([, a], [, b]) => rank(a) - rank(b)).map(([name]) => name);
  }
}
