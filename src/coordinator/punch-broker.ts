// Arranges that two nodes probe each other at the same moment: a request of one becomes a notice for both, sent together.
// Limits keep a node from making others probe without end: per ordered pair, and per asking node. No I/O.
import type { Candidate } from "../protocol/candidate.ts";
import type { PunchMessage } from "../protocol/messages.ts";
import type { NodeKey } from "../protocol/node-key.ts";
import { TokenBucket } from "./token-bucket.ts";

const PAIR_RATE = { perSecond: 1, burst: 5 } as const;
const NODE_RATE = { perSecond: 50, burst: 200 } as const;
/** Full buckets are dropped when there are more than this. */
const SWEEP_ABOVE = 4096;

export interface Notice {
  readonly to: NodeKey;
  readonly message: PunchMessage<"punch-notice">;
}

export class PunchBroker {
  readonly #candidatesOf: (node: NodeKey) => readonly Candidate[] | undefined;
  readonly #pairs = new Map<string, TokenBucket>();
  readonly #nodes = new Map<NodeKey, TokenBucket>();

  /** @param candidatesOf newest known ones of a node that is online; undefined for any other */
  constructor(candidatesOf: (node: NodeKey) => readonly Candidate[] | undefined) {
    this.#candidatesOf = candidatesOf;
  }

  /** Nothing for a peer that cannot be told, or beyond the limits. */
  handleRequest(from: NodeKey, request: PunchMessage<"punch-request">, now: number): readonly Notice[] {
    const { peer, attempt } = request;
    const own = this.#candidatesOf(from);
    const theirs = this.#candidatesOf(peer);
    if (peer === from || own === undefined || theirs === undefined) return [];
    if (!this.#bucket(this.#nodes, from, NODE_RATE, now).take(now)) return [];
    if (!this.#bucket(this.#pairs, `${from} ${peer}`, PAIR_RATE, now).take(now)) return [];
    const candidates = request.candidates.length > 0 ? request.candidates : own;
    return [
      { to: peer, message: { kind: "punch-notice", peer: from, candidates, attempt } },
      { to: from, message: { kind: "punch-notice", peer, candidates: theirs, attempt } },
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
