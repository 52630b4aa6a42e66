// Birthday probing costs routers more than anything else this node does, so the whole node has one desk for it: one attempt at a
// time, each within its packets and its seconds, and for each peer ever more rarely when it does not help. The desk also counts the
// engine's extra sockets, whoever opened them.
import type { NodeKey } from "../protocol/node-key.ts";
import { type Milliseconds, SECOND_MS } from "../protocol/units.ts";
import type { ProbeBudget } from "./probe-budget.ts";

export const ATTEMPT_MAX_PACKETS = 2600;
export const ATTEMPT_MAX_MS: Milliseconds = 8 * SECOND_MS;
/** Spread over the second, for the sake of small routers' queues and our own. */
const PACKETS_PER_SECOND = 350;
const BURST_PACKETS = 8;
/** In all, with those that paths use. */
export const MAX_EXTRA_SOCKETS = 256;
/** Two failures close together may be bad luck (one attempt meets with 98 %); then the peer's NAT is of another kind than we think. */
const EARLY_ATTEMPTS = 2;
const EARLY_WINDOW_MS: Milliseconds = 600 * SECOND_MS;
/** After the early attempts, doubled with each failure. */
const FIRST_PAUSE_MS: Milliseconds = 600 * SECOND_MS;
const LONGEST_PAUSE_MS: Milliseconds = 4 * 3600 * SECOND_MS;

const PACKET_MS: Milliseconds = SECOND_MS / PACKETS_PER_SECOND;
const BURST_MS: Milliseconds = BURST_PACKETS * PACKET_MS;

interface History {
  /** First packets of the last `EARLY_ATTEMPTS` attempts, oldest first. */
  starts: readonly Milliseconds[];
  /** In a row. */
  failures: number;
}

export class BirthdayDesk {
  readonly #budget: ProbeBudget;
  readonly #histories = new Map<NodeKey, History>();
  /** Removed peers among them: remembered as long as what was spent on them counts. */
  readonly #gone = new Set<NodeKey>();
  #running: Lease | undefined;
  #sockets = 0;

  constructor(budget: ProbeBudget) {
    this.#budget = budget;
  }

  /** One peer's view. What was spent outlives its removal and return. */
  forPeer(peer: NodeKey): PeerBirthdays {
    const history = this.#histories.get(peer) ?? { starts: [], failures: 0 };
    this.#histories.set(peer, history);
    this.#gone.delete(peer);
    return new PeerBirthdays(this, history);
  }

  /** The peer was removed. */
  forget(peer: NodeKey, now: Milliseconds): void {
    this.#gone.add(peer);
    for (const gone of this.#gone) {
      const history = this.#histories.get(gone);
      if (history !== undefined && now < permittedAt(history)) continue;
      this.#histories.delete(gone);
      this.#gone.delete(gone);
    }
  }

  /** Remembered. */
  get peers(): number {
    return this.#histories.size;
  }

  /** On another network what failed so far says nothing. What was spent stays spent. */
  handleNetworkChange(): void {
    for (const history of this.#histories.values()) history.failures = 0;
  }

  /** At most what is left. */
  takeSockets(wanted: number): number {
    const granted = Math.min(wanted, MAX_EXTRA_SOCKETS - this.#sockets);
    this.#sockets += granted;
    return granted;
  }

  returnSockets(count: number): void {
    this.#sockets -= count;
  }

  /** An attempt goes on. */
  isBusy(now: Milliseconds): boolean {
    return this.#running?.isOver(now) === false;
  }

  begin(history: History, now: Milliseconds): Lease | undefined {
    if (this.isBusy(now) || now < permittedAt(history)) return undefined;
    this.#running = new Lease(this.#budget, history, now);
    return this.#running;
  }
}

/** When the next attempt may begin. */
function permittedAt({ starts, failures }: History): Milliseconds {
  const last = starts.at(-1) ?? -Infinity;
  const doublings = failures - EARLY_ATTEMPTS;
  const pauseMs = doublings < 0 ? 0 : Math.min(FIRST_PAUSE_MS * 2 ** doublings, LONGEST_PAUSE_MS);
  const [oldest = -Infinity] = starts.length < EARLY_ATTEMPTS ? [] : starts;
  return Math.max(last + pauseMs, oldest + EARLY_WINDOW_MS);
}

export class PeerBirthdays {
  readonly #desk: BirthdayDesk;
  readonly #history: History;

  constructor(desk: BirthdayDesk, history: History) {
    this.#desk = desk;
    this.#history = history;
  }

  /** Undefined while another attempt of the node runs, or if this peer has had its share. */
  begin(now: Milliseconds): Lease | undefined {
    return this.#desk.begin(this.#history, now);
  }

  /** Another attempt of the node goes on. */
  isBusy(now: Milliseconds): boolean {
    return this.#desk.isBusy(now);
  }

  permittedAt(): Milliseconds {
    return permittedAt(this.#history);
  }

  /** Any peer's extra sockets, for prediction as well. */
  takeSockets(wanted: number): number {
    return this.#desk.takeSockets(wanted);
  }

  returnSockets(count: number): void {
    this.#desk.returnSockets(count);
  }
}

/** The right to one attempt. */
export class Lease {
  readonly #budget: ProbeBudget;
  readonly #history: History;
  readonly endsAt: Milliseconds;
  #packets = 0;
  #ended = false;
  /** As if every packet took its share of a second, this is when the last one is through. */
  #clearAt: Milliseconds;

  constructor(budget: ProbeBudget, history: History, now: Milliseconds) {
    this.#budget = budget;
    this.#history = history;
    this.endsAt = now + ATTEMPT_MAX_MS;
    this.#clearAt = now;
  }

  takePacket(now: Milliseconds): boolean {
    if (this.isOver(now) || this.#packets >= ATTEMPT_MAX_PACKETS || this.#clearAt > now + BURST_MS) return false;
    if (!this.#budget.take("bulk", now)) return false;
    this.#clearAt = Math.max(now, this.#clearAt) + PACKET_MS;
    // An attempt that sent nothing (the peer was busy) is none; one that did has failed until it is known to have worked.
    if (this.#packets === 0) {
      this.#history.starts = [...this.#history.starts, now].slice(-EARLY_ATTEMPTS);
      this.#history.failures += 1;
    }
    this.#packets += 1;
    return true;
  }

  /** When a packet that was refused may go, if one may at all. */
  packetsAgainAt(): Milliseconds {
    // Not one by one: a whole burst at a time.
    return Math.max(this.#budget.againAt("bulk"), this.#clearAt);
  }

  isOver(now: Milliseconds): boolean {
    return this.#ended || now >= this.endsAt;
  }

  end(succeeded: boolean): void {
    if (this.#ended) return;
    this.#ended = true;
    if (succeeded) this.#history.failures = 0;
  }
}
