// Tickets with which nodes register at relays: valid for a week, so that relays work while the coordinator is away, and
// renewed at half-life while it is there. No I/O.
import { issueTicket } from "../identity/relay-tickets.ts";
import type { SigningKey } from "../identity/keys.ts";
import type { RelayEntry, SignedTicket } from "../protocol/messages.ts";
import type { NodeKey } from "../protocol/node-key.ts";

export const VALID_MS = 7 * 24 * 3_600_000;

export class TicketOffice {
  readonly #root: SigningKey;
  readonly #nowUnixMs: () => number;
  #relays = new Map<string, Uint8Array>();
  readonly #grantedUnixMs = new Map<NodeKey, number>();

  constructor(root: SigningKey, nowUnixMs: () => number) {
    this.#root = root;
    this.#nowUnixMs = nowUnixMs;
  }

  /** Returns the names of relays that are new (or have another key) and of those that are gone. */
  setRelays(relays: readonly RelayEntry[]): { readonly added: readonly string[]; readonly removed: readonly string[] } {
    const before = this.#relays;
    this.#relays = new Map(relays.map(({ relay, key }) => [relay, key]));
    const isNew = ([name, key]: readonly [string, Uint8Array]): boolean =>
      Buffer.compare(before.get(name) ?? new Uint8Array(), key) !== 0;
    return {
      added: [...this.#relays].filter(isNew).map(([name]) => name),
      removed: [...before.keys()].filter((name) => !this.#relays.has(name)),
    };
  }

  /** For the relays named, or for all. Unknown names are left out. */
  grant(nodeKey: NodeKey, names?: readonly string[]): readonly { relay: string; ticket: SignedTicket }[] {
    const now = this.#nowUnixMs();
    if (names === undefined) this.#grantedUnixMs.set(nodeKey, now);
    return [...new Set(names ?? this.#relays.keys())].flatMap((relay) => {
      const relayKey = this.#relays.get(relay);
      if (relayKey === undefined) return [];
      const fields = { nodeKey, relayKey, notBeforeUnixMs: now, notAfterUnixMs: now + VALID_MS };
      return [{ relay, ticket: issueTicket(this.#root, fields) }];
    });
  }

  forget(nodeKey: NodeKey): void {
    this.#grantedUnixMs.delete(nodeKey);
  }

  isRenewalDue(nodeKey: NodeKey): boolean {
    return this.#nowUnixMs() - (this.#grantedUnixMs.get(nodeKey) ?? 0) >= VALID_MS / 2;
  }
}
