// The coordinator as nodes know it: it passes on what each says of itself, and the real broker turns punch requests into notices.
import { PunchBroker } from "../../src/coordinator/punch-broker.ts";
import type { PunchInvitation } from "../../src/paths/index.ts";
import type { Candidate, NodeKey } from "../../src/protocol/index.ts";
import type { Timeline } from "./timeline.ts";

/** What the others are told of a node. */
export interface Presence {
  readonly candidates: readonly Candidate[];
  readonly homeRelay: string;
}

export interface Member {
  readonly key: NodeKey;
  /** Where the coordinator, and the node's home relay, see it come from. */
  seenIps(): readonly string[];
  handlePresence(peer: NodeKey, presence: Presence): void;
  handleNotice(peer: NodeKey, invitation: PunchInvitation): void;
  /** The control connection stands again: what the node says of itself has to be said anew. */
  handleConnected(): void;
}

/** One way, over a connection that does not lose. */
const CONTROL_DELAY_MS = 20;
const NOTHING: Presence = { candidates: [], homeRelay: "" };

export class Coordinator {
  readonly #timeline: Timeline;
  readonly #members = new Map<NodeKey, Member>();
  readonly #presences = new Map<NodeKey, Presence>();
  /** Those whose control connection is broken. */
  readonly #cut = new Set<NodeKey>();
  #broker = this.#newBroker();
  away = false;
  requests = 0;

  constructor(timeline: Timeline) {
    this.#timeline = timeline;
  }

  join(member: Member): void {
    this.#members.set(member.key, member);
  }

  handleEndpoints(from: NodeKey, presence: Presence): void {
    this.#carry(from, () => {
      this.#presences.set(from, presence);
      for (const { key } of this.#members.values()) if (key !== from) this.#tell(key, from, presence);
    });
  }

  handlePunchRequest(from: NodeKey, peer: NodeKey, { candidates, attempt, nat }: PunchInvitation): void {
    this.#carry(from, () => {
      this.requests += 1;
      const request = { kind: "punch-request", peer, candidates, attempt, ...(nat && { nat }) } as const;
      for (const { to, message } of this.#broker.handleRequest(from, request, this.#timeline.now)) {
        this.#carry(to, () => {
          this.#members.get(to)?.handleNotice(message.peer, message);
        });
      }
    });
  }

  /** A control connection stands: the node hears of the others, and has to say what it is. */
  connect(key: NodeKey): void {
    for (const peer of this.#members.keys()) {
      if (peer !== key) this.#tell(key, peer, this.#presences.get(peer) ?? NOTHING);
    }
    this.#carry(key, () => {
      this.#members.get(key)?.handleConnected();
    });
  }

  /** A node's connection breaks, and stands again after `ms`. */
  cut(key: NodeKey, ms: number): void {
    this.#cut.add(key);
    this.#timeline.after(ms, () => {
      this.#cut.delete(key);
      this.connect(key);
    });
  }

  /** Comes back `ms` later and knows nothing. */
  restart(ms: number, spreadMs: () => number): void {
    this.away = true;
    this.#presences.clear();
    this.#broker = this.#newBroker();
    this.#timeline.after(ms, () => {
      this.away = false;
      for (const key of this.#members.keys()) this.cut(key, spreadMs());
    });
  }

  #newBroker(): PunchBroker {
    return new PunchBroker((key) => {
      const presence = this.#presences.get(key);
      const member = this.#members.get(key);
      if (presence === undefined || member === undefined) return undefined;
      return { candidates: presence.candidates, observed: member.seenIps() };
    });
  }

  #tell(key: NodeKey, peer: NodeKey, presence: Presence): void {
    this.#carry(key, () => {
      this.#members.get(key)?.handlePresence(peer, presence);
    });
  }

  /** One way over a node's connection. */
  #carry(key: NodeKey, run: () => void): void {
    if (this.away || this.#cut.has(key)) return;
    this.#timeline.after(CONTROL_DELAY_MS, () => {
      if (!this.away && !this.#cut.has(key)) run();
    });
  }
}
