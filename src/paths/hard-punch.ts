// What is done when the cheap punch finds nothing because one side's NAT maps per destination: who of the two is the hard side, when
// it begins, and towards which address. The work is in hard-side.ts and easy-side.ts; messages between the two go over relays.
//
// A hard NAT with an open or address-restricted one is direct by the cheap punch within a round trip or two, so this waits a moment -
// unless the last path to this peer was found this way. What has to wait for its turn outlives the pair's attempt.
import { type SocketAddress, splitSocketAddress } from "../protocol/address.ts";
import type { Candidate, CandidateKind } from "../protocol/candidate.ts";
import type { HardPunchMessage, HardPunchMethod } from "../protocol/messages.ts";
import { type NatHint, UNKNOWN_NAT } from "../protocol/nat-hint.ts";
import type { Milliseconds } from "../protocol/units.ts";
import { EasySide } from "./easy-side.ts";
import { HardSide, type HardSideOptions } from "./hard-side.ts";
import type { DiscoTransmit, HardPunchReport } from "./types.ts";

/** After the attempt's start. */
const CHEAP_FIRST_MS: Milliseconds = 300;
/** The first datagram that arrives in an extra socket is likely to make the path; others would only make it waver. */
const FAVOUR_MS: Milliseconds = 1500;
/** Which of a peer's addresses its NAT holds open for us, most likely first. */
const KINDS: readonly CandidateKind[] = ["reflexive", "observed", "port-mapped", "configured", "host"];

export class HardPunch {
  readonly #options: HardSideOptions;
  readonly #hard: HardSide;
  readonly #easy: EasySide;
  #own: NatHint = UNKNOWN_NAT;
  #peer: NatHint = UNKNOWN_NAT;
  #claims: readonly Candidate[] = [];
  #observed: readonly string[] = [];
  /** While an attempt of the pair runs and nothing hard was begun in it. */
  #waiting: { readonly since: Milliseconds; isDue: boolean } | undefined;
  #favourite: { readonly socket: number; readonly until: Milliseconds } | undefined;
  #worked: HardPunchMethod | undefined;

  constructor(options: HardSideOptions) {
    this.#options = options;
    this.#hard = new HardSide(options);
    this.#easy = new EasySide(options);
  }

  handleOwnNat(own: NatHint, now: Milliseconds): void {
    this.#own = own;
    this.handleTimeout(now);
  }

  /** What the peer or the coordinator said; undefined where it said nothing. */
  handlePeer(
    { nat, claims, observed }: { nat?: NatHint; claims?: readonly Candidate[]; observed?: readonly string[] },
    now: Milliseconds,
  ): void {
    this.#peer = nat ?? this.#peer;
    this.#claims = claims ?? this.#claims;
    this.#observed = observed ?? this.#observed;
    this.handleTimeout(now);
  }

  handleNetworkChange(): void {
    this.#hard.handleNetworkChange();
  }

  handleAttempt(startedAt: Milliseconds): void {
    this.#waiting = { since: startedAt, isDue: false };
  }

  /** The attempt is over; what was begun in it goes on. */
  handleAttemptOver(): void {
    this.#waiting = undefined;
  }

  /** A direct path is there; `socket` if it uses an extra one. */
  handleDirect(socket: number | undefined): void {
    const method = socket === undefined ? undefined : this.#hard.method;
    this.#worked = method ?? (this.#easy.isIdle ? this.#worked : "birthday");
    this.#end(true);
  }

  /** Contact is over. */
  stop(): void {
    this.#end(false);
  }

  /** The addresses to ping, of a prediction. */
  handleMessage(message: HardPunchMessage, now: Milliseconds): readonly SocketAddress[] {
    const isForHardSide = message.step === "accept" || message.step === "refuse";
    if (isForHardSide) this.#hard.handleMessage(message, now);
    else if (message.method === "birthday") this.#easy.handleMessage(message, this.#probedIp(), now);
    return message.step === "go" && message.method === "prediction" ? message.predicted : [];
  }

  handleStun(datagram: Uint8Array, from: SocketAddress, now: Milliseconds): void {
    this.#hard.handleStun(datagram, from, now);
  }

  handleSockets(sockets: readonly number[], now: Milliseconds): void {
    this.#hard.handleSockets(sockets, now);
  }

  /** Whether to listen to what came in by an extra socket. */
  admits(socket: number, now: Milliseconds): boolean {
    if (this.#favourite === undefined || now >= this.#favourite.until) {
      this.#favourite = { socket, until: now + FAVOUR_MS };
    }
    return this.#favourite.socket === socket;
  }

  handleTimeout(now: Milliseconds): void {
    this.#hard.handleTimeout(now);
    this.#easy.handleTimeout(now);
    const waiting = this.#waiting;
    if (waiting !== undefined) waiting.isDue ||= now >= waiting.since + this.#pauseMs;
    const isDue = waiting?.isDue === true || now >= (this.#hard.retryAt ?? Infinity);
    if (!isDue || !this.#hard.isIdle) return;
    const target = this.#target();
    if (target === undefined) this.#hard.forgetRetry();
    else if (this.#hard.start(target, now)) this.#waiting = undefined;
  }

  pollTimeout(): Milliseconds | undefined {
    const times = [
      this.#waiting === undefined || this.#waiting.isDue ? undefined : this.#waiting.since + this.#pauseMs,
      this.#hard.isIdle ? this.#hard.retryAt : undefined,
      this.#hard.pollTimeout(),
      this.#easy.pollTimeout(),
    ].filter((time) => time !== undefined);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  pollMessage(now: Milliseconds): HardPunchMessage | undefined {
    return this.#hard.pollMessage(now) ?? this.#easy.pollMessage();
  }

  pollTransmit(now: Milliseconds): DiscoTransmit | undefined {
    return this.#hard.pollTransmit(now) ?? this.#easy.pollTransmit(now);
  }

  pollSockets(): number {
    return this.#hard.pollSockets();
  }

  get sockets(): readonly number[] {
    return this.#hard.sockets;
  }

  report(): HardPunchReport {
    return {
      own: this.#own,
      peer: this.#peer,
      observed: this.#observed,
      running: this.#hard.method ?? (this.#easy.isIdle ? undefined : "birthday"),
      worked: this.#worked,
      outcome: this.#hard.outcome ?? this.#easy.outcome,
      birthdayAt: this.#options.birthdays.permittedAt(),
      retryAt: this.#hard.retryAt,
    };
  }

  get #pauseMs(): Milliseconds {
    return this.#worked === undefined ? CHEAP_FIRST_MS : 0;
  }

  #end(succeeded: boolean): void {
    this.#waiting = undefined;
    this.#favourite = undefined;
    this.#hard.stop(succeeded);
    this.#easy.stop(succeeded);
  }

  /** If this is the hard side and the peer is not: the peer's address that the mesh's servers can vouch for. */
  #target(): SocketAddress | undefined {
    if (this.#own.mapping !== "dependent" || this.#peer.mapping !== "endpoint-independent") return undefined;
    const seen = this.#claims.filter(({ address }) => this.#isObserved(address));
    return KINDS.flatMap((kind) => seen.filter((claim) => claim.kind === kind))[0]?.address;
  }

  #isObserved(address: SocketAddress): boolean {
    const { family, ip } = splitSocketAddress(address);
    return family === 4 && this.#observed.includes(ip);
  }

  /** The one IPv4 address at which random ports may be pinged. */
  #probedIp(): string | undefined {
    return this.#observed.find((ip) => !ip.includes(":"));
  }
}
