// Relay tickets, kept on disk so that relays work while the coordinator is away.
import { join } from "node:path";
import { decodeRelayTicket } from "../protocol/relay-codec.ts";
import type { SignedTicket } from "../protocol/messages.ts";
import { MeshdError } from "../protocol/errors.ts";
import { readIfThere } from "../host/atomic-file.ts";
import { type Fields, parseFields, setAside, toText, writeFields } from "../host/fields.ts";

interface HeldTicket {
  readonly ticket: SignedTicket;
  readonly notBeforeUnixMs: number;
  readonly notAfterUnixMs: number;
  /** As it is in the file, with what a later version says of it. */
  readonly fields: Fields;
}

export class TicketStore {
  readonly #path: string;
  readonly #held = new Map<string, HeldTicket>();
  /** One after the other: tickets of several relays come together. */
  #writing: Promise<void> = Promise.resolve();

  private constructor(stateDir: string) {
    this.#path = join(stateDir, "tickets.json");
  }

  /** A file that cannot be used is set aside: the coordinator gives new tickets. `onProblem` hears of it. */
  static async load(stateDir: string, onProblem: (words: string) => void = () => undefined): Promise<TicketStore> {
    const store = new TicketStore(stateDir);
    try {
      const content = await readIfThere(store.#path);
      if (content === undefined) return store;
      const { tickets } = parseFields(store.#path, content, "the coordinator gives new tickets");
      for (const [relay, value] of Object.entries(typeof tickets === "object" && tickets !== null ? tickets : {})) {
        const ticket = parseTicket(value);
        if (ticket !== undefined) store.#hold(relay, ticket, value as Fields);
      }
    } catch (error) {
      if (!(error instanceof MeshdError)) throw error;
      onProblem(`${error.message}; ${await setAside(store.#path)}`);
    }
    return store;
  }

  /** Undefined where there is none, or it has expired. */
  get(relay: string, nowUnixMs: number): SignedTicket | undefined {
    const held = this.#held.get(relay);
    return held !== undefined && nowUnixMs < held.notAfterUnixMs ? held.ticket : undefined;
  }

  /** False for a ticket that cannot be read. */
  async put(relay: string, ticket: SignedTicket): Promise<boolean> {
    const fields = { ticket: toText(ticket.ticket), signature: toText(ticket.signature) };
    if (!this.#hold(relay, ticket, fields)) return false;
    const tickets = Object.fromEntries(Array.from(this.#held, ([name, held]) => [name, held.fields]));
    const written = this.#writing.then(() => writeFields(this.#path, { tickets }));
    this.#writing = written.catch(() => undefined);
    await written;
    return true;
  }

  /** Relays among `relays` whose ticket is missing or past half of its life. */
  due(relays: Iterable<string>, nowUnixMs: number): readonly string[] {
    return [...relays].filter((relay) => {
      const held = this.#held.get(relay);
      return held === undefined || nowUnixMs > (held.notBeforeUnixMs + held.notAfterUnixMs) / 2;
    });
  }

  #hold(relay: string, ticket: SignedTicket, fields: Fields): boolean {
    try {
      const { notBeforeUnixMs, notAfterUnixMs } = decodeRelayTicket(ticket.ticket);
      this.#held.set(relay, { ticket, notBeforeUnixMs, notAfterUnixMs, fields });
      // Of relays that are gone: nothing renews them.
      for (const [name, held] of this.#held) if (held.notAfterUnixMs <= notBeforeUnixMs) this.#held.delete(name);
      return true;
    } catch {
      return false;
    }
  }
}

function parseTicket(value: unknown): SignedTicket | undefined {
  if (typeof value !== "object" || value === null || !("ticket" in value) || !("signature" in value)) return undefined;
  const { ticket, signature } = value;
  if (typeof ticket !== "string" || typeof signature !== "string") return undefined;
  return { ticket: Buffer.from(ticket, "base64url"), signature: Buffer.from(signature, "base64url") };
}
