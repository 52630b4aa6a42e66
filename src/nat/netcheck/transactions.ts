// STUN transactions of a check: each sent up to three times, and answered, refused or silent in the end. Every send has an id of its own,
// so that a round trip is never measured against the wrong one.
import { type SocketAddress, splitSocketAddress } from "../../protocol/address.ts";
import type { Milliseconds } from "../../protocol/units.ts";
import { STUN_TRANSACTION_ID_BYTES } from "../stun.ts";
import { decodeMessage, encodeRequest, type StunMessage, type StunWish } from "./stun-requests.ts";
import type { NetcheckTransmit } from "./types.ts";

const SEND_AT_MS: readonly Milliseconds[] = [0, 200, 600];
const SILENT_AFTER_MS: Milliseconds = 1600;

export interface TransactionOptions {
  readonly socket: number;
  /** Where the answer is to arrive, if elsewhere. */
  readonly answerOn?: number;
  readonly to: SocketAddress;
  readonly wish?: StunWish;
  /** Wait that long before the first send. */
  readonly delayMs?: Milliseconds;
  /** `to` is a mapping of our own: the request itself is what is to arrive. */
  readonly hairpin?: boolean;
}

export type Outcome =
  | { readonly kind: "pending" }
  | { readonly kind: "answered"; readonly mapped: SocketAddress; readonly rttMs: Milliseconds }
  /** Arrived by hairpinning. */
  | { readonly kind: "returned" }
  | { readonly kind: "refused" }
  | { readonly kind: "silent" };

export interface Transaction extends TransactionOptions {
  readonly outcome: Outcome;
}

interface State extends TransactionOptions {
  readonly startsAt: Milliseconds;
  readonly sends: { readonly id: Uint8Array; readonly at: Milliseconds }[];
  outcome: Outcome;
}

export class Transactions {
  readonly #random: (length: number) => Uint8Array;
  readonly #transmits: NetcheckTransmit[] = [];
  #pending: State[] = [];

  constructor(random: (length: number) => Uint8Array) {
    this.#random = random;
  }

  /** None is waited for any more. */
  get settled(): boolean {
    return this.#pending.length === 0;
  }

  /** The first send follows at the next `handleTimeout`. */
  start(options: TransactionOptions, now: Milliseconds): Transaction {
    const state: State = {
      ...options,
      startsAt: now + (options.delayMs ?? 0),
      sends: [],
      outcome: { kind: "pending" },
    };
    this.#pending.push(state);
    return state;
  }

  handleDatagram(socket: number, datagram: Uint8Array, from: SocketAddress, now: Milliseconds): void {
    const message = decodeMessage(datagram);
    if (message === undefined) return;
    for (const state of this.#pending) {
      const send = state.sends.find(({ id }) => Buffer.compare(id, message.transactionId) === 0);
      const outcome = send && outcomeOf(state, message, socket, from, now - send.at);
      if (outcome !== undefined) state.outcome = outcome;
    }
    this.#forgetFinished();
  }

  handleTimeout(now: Milliseconds): void {
    for (const state of this.#pending) {
      if (now >= state.startsAt + SILENT_AFTER_MS) state.outcome = { kind: "silent" };
      else if (now >= dueAt(state)) this.#send(state, now);
    }
    this.#forgetFinished();
  }

  pollTimeout(): Milliseconds | undefined {
    return this.#pending.length === 0 ? undefined : Math.min(...this.#pending.map(dueAt));
  }

  pollTransmit(): NetcheckTransmit | undefined {
    return this.#transmits.shift();
  }

  #send(state: State, now: Milliseconds): void {
    const id = this.#random(STUN_TRANSACTION_ID_BYTES);
    state.sends.push({ id, at: now });
    const data = encodeRequest(id, state.wish ?? { kind: "plain" });
    this.#transmits.push({ kind: "stun", socket: state.socket, address: state.to, data, transactionId: id });
  }

  #forgetFinished(): void {
    this.#pending = this.#pending.filter(({ outcome }) => outcome.kind === "pending");
  }
}

function dueAt({ startsAt, sends }: State): Milliseconds {
  return startsAt + (SEND_AT_MS[sends.length] ?? SILENT_AFTER_MS);
}

/** Undefined for what is no answer to this request, at this socket, from there. */
function outcomeOf(
  { socket, answerOn = socket, to, wish, hairpin = false }: State,
  message: StunMessage,
  arrivedOn: number,
  from: SocketAddress,
  rttMs: Milliseconds,
): Outcome | undefined {
  if (message.kind === "request") return hairpin && arrivedOn === answerOn ? { kind: "returned" } : undefined;
  if (hairpin) return undefined;
  if (message.kind === "error") return arrivedOn === socket && from === to ? { kind: "refused" } : undefined;
  const otherPort = from !== to && splitSocketAddress(from).ip === splitSocketAddress(to).ip;
  const expected = wish?.kind === "change-port" ? otherPort : from === to;
  return expected && arrivedOn === answerOn ? { kind: "answered", mapped: message.mapped, rttMs } : undefined;
}
