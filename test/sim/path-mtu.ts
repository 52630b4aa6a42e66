// How large a packet one path bears, as the engine finds out (native/engine/src/pmtu.rs, with its numbers): by padded echoes.

/** UDP payloads. */
const LADDER = [512, 1024, 1062, 1096, 1180, 1218, 1232, 1252, 1316, 1372, 1392, 1424] as const;
export const FULL_BYTES = 1424;
const BASE_BYTES = 1024;
const ROUNDS = 3;
const CONFIRM_INTERVAL_MS = 600_000;
const RETRY_INTERVAL_MS = 5000;
const MIN_SUSPICION_INTERVAL_MS = 2000;

interface Search {
  round: number;
  began: number;
  isAsked: boolean;
  answered: number;
  readonly probes: Map<number, number>;
}

export class PathMtu {
  #bytes = BASE_BYTES;
  #search: Search | undefined;
  #nextSearchAt = -Infinity;
  #suspectedAt = -Infinity;

  /** Larger packets travel in parts. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Sizes to ask for now. `counter` is that of each echo. */
  poll(now: number, probeTimeoutMs: number, counter: () => number): readonly { counter: number; bytes: number }[] {
    if (this.#search === undefined && now >= this.#nextSearchAt) {
      this.#search = { round: 1, began: now, isAsked: false, answered: 0, probes: new Map() };
    }
    const search = this.#search;
    if (search?.isAsked === true && now >= search.began + probeTimeoutMs) this.#endRound(search, now);
    if (search?.isAsked !== false || this.#search === undefined) return [];
    search.isAsked = true;
    const sizes = search.round === 1 ? [FULL_BYTES] : LADDER.filter((bytes) => bytes > search.answered);
    return sizes.map((bytes) => {
      const probe = { counter: counter(), bytes };
      search.probes.set(probe.counter, bytes);
      return probe;
    });
  }

  pollTimeout(probeTimeoutMs: number): number {
    if (this.#search === undefined) return this.#nextSearchAt;
    return this.#search.began + (this.#search.isAsked ? probeTimeoutMs : 0);
  }

  /** True if the echo was a probe of ours. */
  handleReply(counter: number, now: number): boolean {
    const bytes = this.#search?.probes.get(counter);
    if (this.#search === undefined || bytes === undefined) return false;
    this.#search.answered = Math.max(this.#search.answered, bytes);
    this.#bytes = Math.max(this.#bytes, bytes);
    if (bytes === FULL_BYTES) this.#settle(this.#search, now);
    return true;
  }

  /** Full packets vanish although the path lives. */
  suspect(now: number): void {
    if (this.#search !== undefined || now < this.#suspectedAt + MIN_SUSPICION_INTERVAL_MS) return;
    this.#suspectedAt = now;
    this.restart(now);
  }

  /** Nothing is known any more. */
  restart(now: number): void {
    this.#bytes = Math.min(this.#bytes, BASE_BYTES);
    this.#search = undefined;
    this.#nextSearchAt = now;
  }

  #endRound(search: Search, now: number): void {
    if (search.round === ROUNDS) this.#settle(search, now);
    else {
      search.round += 1;
      search.began = now;
      search.isAsked = false;
    }
  }

  #settle({ answered }: Search, now: number): void {
    this.#search = undefined;
    this.#bytes = answered === 0 ? Math.min(this.#bytes, BASE_BYTES) : answered;
    this.#nextSearchAt = now + (answered === 0 ? RETRY_INTERVAL_MS : CONFIRM_INTERVAL_MS);
  }
}
