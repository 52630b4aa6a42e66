// The addresses of one peer that are worth a probe, where each came from, and what became of its probes.
import type { SocketAddress } from "../protocol/address.ts";
import type { Candidate } from "../protocol/candidate.ts";
import { type Milliseconds, SECOND_MS } from "../protocol/units.ts";
import { backoffMs } from "./backoff.ts";
import { type Remote, remoteKey, type RemoteKey, remoteOf } from "./remote.ts";
import type { CandidateSource } from "./types.ts";

/** Addresses the peer was heard from, beyond its claims. A NAT that maps per destination makes one for each of ours. */
const MAX_LEARNED = 8;
/** What one peer's claims and packets can make us probe at a time: its 16 candidates, as many predicted, half as many learned. */
const MAX_TARGETS = 40;
/**
 * When a burst's probes leave. The first opens our NAT's filter; the peer's next one comes in through it. The two sides start at
 * most a few hundred milliseconds apart (a message's way through coordinator or relay), so some pair of probes always overlaps.
 */
const BURST_AT_MS: readonly Milliseconds[] = [0, 50, 150, 350, 750, 1500, 2500];
/** The last probe's answer may take this long. */
const LAST_ANSWER_MS: Milliseconds = SECOND_MS;
export const BURST_MS: Milliseconds = (BURST_AT_MS.at(-1) ?? 0) + LAST_ANSWER_MS;
/** An address that stayed alive this long may die once more without being kept out. */
const FORGIVEN_AFTER_MS: Milliseconds = 30 * SECOND_MS;

export interface Target extends Remote {
  readonly key: RemoteKey;
  burst: Burst | undefined;
  probesSent: number;
  /** Pings since it last answered. */
  unanswered: number;
  lastProbeAt: Milliseconds;
  lastAnswerAt: Milliseconds;
  rttMs: Milliseconds | undefined;
  /** Deaths in quick succession, and until when the address is not trusted again because of them. */
  deaths: number;
  aliveSince: Milliseconds;
  heldUntil: Milliseconds;
}

interface Burst {
  readonly startedAt: Milliseconds;
  /** Probes that were due so far. */
  due: number;
}

/** Most promising first: what worked before, then what the peer told last. */
const SOURCES = [
  "last-known",
  "predicted",
  "signalled",
  "noticed",
  "learned",
  "netmap",
] as const satisfies readonly CandidateSource[];

type Remotes = Map<RemoteKey, Remote>;

export class Targets {
  readonly #sources: Record<CandidateSource, Remotes> = {
    "last-known": new Map(),
    predicted: new Map(),
    signalled: new Map(),
    noticed: new Map(),
    learned: new Map(),
    netmap: new Map(),
  };
  readonly #targets = new Map<RemoteKey, Target>();

  get(key: RemoteKey): Target | undefined {
    return this.#targets.get(key);
  }

  /** At most `MAX_TARGETS`, most promising first. */
  all(): readonly Target[] {
    return [...this.#targets.values()];
  }

  sourceOf(key: RemoteKey): CandidateSource {
    return SOURCES.find((source) => this.#sources[source].has(key)) ?? "learned";
  }

  /** Replaces what this source said before. Targets in `inUse` stay whatever happens. Returns those that are new. */
  replace(
    source: CandidateSource,
    addresses: Iterable<SocketAddress>,
    inUse: ReadonlySet<RemoteKey>,
  ): readonly Target[] {
    this.#sources[source] = new Map(Array.from(addresses, (address) => [address, { address }]));
    return this.#rebuild(inUse);
  }

  /** Where an authentic packet of the peer came from, and in. Undefined if there is no room for it. */
  learn(remote: Remote, inUse: ReadonlySet<RemoteKey>): Target | undefined {
    const key = remoteKey(remote);
    if (!this.#targets.has(key)) {
      const learned = [...this.#sources.learned].filter(([each]) => each !== key);
      this.#sources.learned = new Map([...learned.slice(1 - MAX_LEARNED), [key, remote]]);
      this.#rebuild(inUse);
    }
    return this.#targets.get(key);
  }

  /** Contact is over: only claims of the netmap and the addresses that worked are worth keeping. */
  settle(worked: ReadonlySet<SocketAddress>): void {
    this.#sources.predicted.clear();
    this.#sources.signalled.clear();
    this.#sources.noticed.clear();
    this.#sources.learned.clear();
    this.replace("last-known", worked, new Set());
    for (const target of this.#targets.values()) target.burst = undefined;
  }

  #rebuild(inUse: ReadonlySet<RemoteKey>): readonly Target[] {
    const before = new Map(this.#targets);
    this.#targets.clear();
    const used = [...before].filter(([key]) => inUse.has(key)).map(([key, target]) => [key, remoteOf(target)] as const);
    const wanted: Remotes = new Map([...used, ...SOURCES.flatMap((source) => [...this.#sources[source]])]);
    for (const [key, remote] of [...wanted].slice(0, MAX_TARGETS)) {
      this.#targets.set(key, before.get(key) ?? newTarget(key, remote));
    }
    return [...this.#targets.values()].filter(({ key }) => !before.has(key));
  }
}

function newTarget(key: RemoteKey, remote: Remote): Target {
  return {
    ...remote,
    key,
    burst: undefined,
    probesSent: 0,
    unanswered: 0,
    lastProbeAt: -Infinity,
    lastAnswerAt: -Infinity,
    rttMs: undefined,
    deaths: 0,
    aliveSince: Infinity,
    heldUntil: -Infinity,
  };
}

export function startBurst(target: Target, now: Milliseconds): void {
  target.burst = { startedAt: now, due: 0 };
}

/** True if a probe is due now; probes that a late timer missed are not made up for. */
export function probeDue(target: Target, now: Milliseconds): boolean {
  const { burst } = target;
  if (burst === undefined) return false;
  const due = BURST_AT_MS.findLastIndex((ms) => now >= burst.startedAt + ms) + 1;
  if (due <= burst.due) return false;
  burst.due = due;
  return true;
}

export function burstOver(target: Target, now: Milliseconds): boolean {
  return target.burst !== undefined && now >= target.burst.startedAt + BURST_MS;
}

export function nextBurstTime({ burst }: Target): Milliseconds | undefined {
  return burst && burst.startedAt + (BURST_AT_MS[burst.due] ?? BURST_MS);
}

/** Its path died. The first time it may come back at once; again and again, ever later. */
export function recordDeath(target: Target, now: Milliseconds): void {
  target.deaths = now - target.aliveSince >= FORGIVEN_AFTER_MS ? 1 : target.deaths + 1;
  target.heldUntil = target.deaths === 1 ? now : now + backoffMs(target.deaths - 1);
}

/** Another network: what happened on the old one does not count. */
export function forgive(target: Target): void {
  target.deaths = 0;
  target.heldUntil = -Infinity;
}

export function addressesOf(candidates: readonly Candidate[]): readonly SocketAddress[] {
  return candidates.map(({ address }) => address);
}
