// Arranges that two nodes probe each other at the same moment: a request of one becomes a notice for both, sent together.
// Limits keep a node from making others probe without end: per ordered pair, and per asking node. No I/O.
import type { Candidate } from "../protocol/candidate.ts";
import type { PunchNoticeMessage, PunchRequestMessage } from "../protocol/messages.ts";
import type { NodeKey } from "../protocol/node-key.ts";
import { TokenBucket } from "../protocol/token-bucket.ts";

const PAIR_RATE = { perSecond: 1, burst: 5 } as const;
const NODE_RATE = { perSecond: 50, burst: 200 } as const;
/** Full buckets are dropped when there are more than this. */
const SWEEP_ABOVE = 4096;

export interface SeenNode {
  /** Newest known. */
  readonly candidates: readonly Candidate[];
  /** IPs its packets came from: the only addresses that a peer may probe in numbers. */
  readonly observed: readonly string[];
}

export interface Notice {
  readonly to: NodeKey;
  readonly message: PunchNoticeMessage;
}

export class PunchBroker {
  readonly #seen: (node: NodeKey) => SeenNode | undefined;
  readonly #pairs = new Map<string, TokenBucket>();
  readonly #nodes = new Map<NodeKey, TokenBucket>();

  /** @param seen undefined for a node that is not online */
  constructor(seen: (node: NodeKey) => SeenNode | undefined) {
    this.#seen = seen;
  }

  /** Nothing for a peer that cannot be told, or beyond the limits. */
  handleRequest(from: NodeKey, request: PunchRequestMessage, now: number): readonly Notice[] {
    const { peer, attempt } = request;
    const own = this.#seen(from);
    const theirs = this.#seen(peer);
    if (peer === from || own === undefined || theirs === undefined) return [];
    if (!this.#bucket(this.#nodes, from, NODE_RATE, now).take(now)) return [];
    if (!this.#bucket(this.#pairs, `${from} ${peer}`, PAIR_RATE, now).take(now)) return [];
    const candidates = request.candidates.length > 0 ? request.candidates : own.candidates;
    const aboutFrom = { peer: from, candidates, observed: own.observed, ...(request.nat && { nat: request.nat }) };
    const aboutPeer = { peer, candidates: theirs.candidates, observed: theirs.observed };
    return [
      { to: peer, message: { kind: "punch-notice", attempt, ...aboutFrom } },
      { to: from, message: { kind: "punch-notice", attempt, ...aboutPeer } },
    ];
  }

  #bucket<Key>(
    buckets: Map<Key, TokenBucket>,
    key: Key,
    rate: { readonly perSecond: number; readonly burst: number },
    now: number,
  ): TokenBucket {
    const known = buckets.get(key);
    if (known !== undefined) return known;
    if (buckets.size >= SWEEP_ABOVE) {
      for (const [other, bucket] of buckets) if (bucket.isFull(now)) buckets.delete(other);
    }
    const bucket = new TokenBucket(rate.perSecond, rate.burst, now);
    buckets.set(key, bucket);
    return bucket;
  }
}
