// Relays over TCP, for networks that let no UDP through (src/paths/udp-health.ts): while UDP is blocked, each relay at which a session is
// wanted gets a stream (relay-stream.ts); a session over UDP, once it stands, replaces it.
import type { NodeEngine } from "../engine/index.ts";
import type { RelaySession } from "../paths/relay-session.ts";
import { UdpHealth } from "../paths/udp-health.ts";
import { parseHostPort } from "../protocol/address.ts";
import type { RelayEntry, SignedTicket } from "../protocol/messages.ts";
import type { Milliseconds } from "../protocol/units.ts";
import { type Driven, driven, type Driver } from "./driver.ts";
import type { RelayHandles } from "./relay-handles.ts";
import { type OpenRelayStream, RelayStream } from "./relay-stream.ts";

/** A relay, as it is used over UDP. */
export interface Relay {
  entry: RelayEntry;
  readonly session: RelaySession;
  readonly machine: Driven;
  /** Engine handle of the live session. */
  live: number | undefined;
}

export interface RelayFallbackOptions {
  readonly engine: NodeEngine;
  readonly driver: Driver;
  readonly handles: RelayHandles;
  readonly relays: ReadonlyMap<string, Relay>;
  /** Names of relays at which sessions are to be kept. */
  readonly wanted: () => readonly string[];
  readonly open: OpenRelayStream;
  readonly newSession: (entry: RelayEntry) => RelaySession;
  readonly ticket: (relay: string) => SignedTicket | undefined;
  readonly onSession: (relay: string) => void;
  /** UDP is blocked, or works again. */
  readonly onHealth: () => void;
  /** With the ticket we have. */
  readonly onRefused: (relay: string) => void;
  readonly onLog: (message: string) => void;
}

interface Stream {
  readonly handle: number;
  readonly link: RelayStream;
}

export class RelayFallback {
  readonly #options: RelayFallbackOptions;
  readonly #streams = new Map<string, Stream>();
  readonly #links = new Map<number, RelayStream>();
  readonly #health = new UdpHealth();
  readonly #machine = driven(this.#health, (now) => this.#drain(now));

  constructor(options: RelayFallbackOptions) {
    this.#options = options;
  }

  /** Engine handle of the relay's session over TCP, if there is one. */
  liveHandle(relay: string): number | undefined {
    const stream = this.#streams.get(relay);
    return stream?.link.live === undefined ? undefined : stream.handle;
  }

  /** Sessions were asked for, or came or went: whether that means that UDP is blocked. */
  examine(): void {
    const { driver, relays, wanted } = this.#options;
    const isLive = [...relays.values()].some(({ live }) => live !== undefined);
    this.#health.handleSessions(wanted().length > 0, isLive, driver.now());
    driver.touch(this.#machine);
  }

  /** A relay said something over UDP. The timer finds out what follows. */
  handleAnswer(): void {
    this.#health.handleAnswer();
  }

  /** To a machine where a relay is, over TCP. */
  handleRoundTrip(rttMs: Milliseconds): void {
    this.#health.handleRoundTrip(rttMs);
    this.#options.driver.touch(this.#machine);
  }

  handleTicket(relay: string, ticket: SignedTicket): void {
    this.#streams.get(relay)?.link.handleTicket(ticket);
  }

  /** The engine has packets for the stream. */
  handleAwake(handle: number): void {
    this.#links.get(handle)?.handleAwake();
  }

  checkSession(relay: string): void {
    this.#streams.get(relay)?.link.handleSuspicion();
  }

  networkChanged(): void {
    for (const { link } of this.#streams.values()) link.networkChanged();
    this.#health.handleNetworkChange(this.#options.driver.now());
    this.#options.driver.touch(this.#machine);
  }

  closeStream(relay: string): void {
    const stream = this.#streams.get(relay);
    if (stream === undefined) return;
    this.#streams.delete(relay);
    this.#links.delete(stream.handle);
    stream.link.close();
  }

  close(): void {
    this.#options.driver.remove(this.#machine);
    for (const relay of [...this.#streams.keys()]) this.closeStream(relay);
  }

  #drain(now: number): void {
    const { relays, wanted, driver, onLog, onHealth } = this.#options;
    for (let event = this.#health.pollEvent(); event !== undefined; event = this.#health.pollEvent()) {
      if (event === "retry") {
        for (const { session, machine, live } of relays.values()) {
          if (live === undefined) session.handleNetworkChange(now);
          driver.touch(machine);
        }
      } else {
        onLog(event === "blocked" ? "no relay answers over UDP; trying TCP" : "relays answer over UDP");
        onHealth();
      }
    }
    const sessions = wanted();
    for (const [name, { entry, live }] of relays) {
      if (this.#health.blocked && live === undefined && sessions.includes(name)) this.#openStream(name, entry);
      else this.closeStream(name);
    }
  }

  #openStream(relay: string, entry: RelayEntry): void {
    const addresses = entry.tcpAddresses.flatMap((text) => parseHostPort(text) ?? []);
    if (this.#streams.has(relay) || addresses.length === 0) return;
    const { engine, driver, handles, open, newSession, ticket, onSession, onLog, onRefused } = this.#options;
    const handle = handles.newStream();
    const link = new RelayStream({
      ...{ engine, driver, handle, addresses, open },
      newSession: () => newSession(entry),
      ticket: () => ticket(relay),
      onChange: () => {
        const address = link.live;
        handles.setStream(handle, address === undefined ? undefined : { relay, kind: "relay-tcp", address });
        onLog(`relay ${relay}: ${address === undefined ? "TCP session ended" : `session over TCP at ${address}`}`);
        onSession(relay);
      },
      onLog: (message) => onLog(`relay ${relay} over TCP: ${message}`),
      onRefused: () => onRefused(relay),
    });
    this.#streams.set(relay, { handle, link });
    this.#links.set(handle, link);
  }
}
