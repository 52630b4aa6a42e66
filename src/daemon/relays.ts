// Relays of the netmap: which of them to keep sessions at (src/paths/relay-choice.ts), tickets from disk or the coordinator, and one session
// machine each. Their handles in the engine are relay-handles.ts's, and what happens where UDP does not get through relay-fallback.ts's.
import type { NodeEngine } from "../engine/index.ts";
import { randomBytes } from "../identity/index.ts";
import type { NetmapView } from "../netmap/index.ts";
import { RelayChoice } from "../paths/relay-choice.ts";
import { RelaySession, STREAM_KEEPALIVE_MS } from "../paths/relay-session.ts";
import { formatHostPort, type HostPort, type SocketAddress } from "../protocol/address.ts";
import type { RelayEntry, SignedTicket } from "../protocol/messages.ts";
import type { Milliseconds } from "../protocol/units.ts";
import { driven, type Driver } from "./driver.ts";
import type { Identity } from "./identity-file.ts";
import { type Relay, RelayFallback } from "./relay-fallback.ts";
import { type RelayAccess, RelayHandles } from "./relay-handles.ts";
import type { OpenRelayStream } from "./relay-stream.ts";
import type { TicketStore } from "./ticket-store.ts";

export interface RelaysOptions {
  readonly engine: NodeEngine;
  readonly driver: Driver;
  readonly identity: Identity;
  readonly meshId: Uint8Array;
  readonly tickets: TicketStore;
  readonly openStream: OpenRelayStream;
  readonly requestTickets: (relays: readonly string[]) => void;
  /** A session came or went, or another relay became the home. */
  readonly onChange: () => void;
  /** Our address as a relay sees it is new; `moved`: it was another before. */
  readonly onObserved: (moved: boolean) => void;
  readonly onLog: (message: string) => void;
}

/** The way to each is measured. */
const MAX_RELAYS = 64;

export class Relays {
  readonly #options: RelaysOptions;
  readonly #byName = new Map<string, Relay>();
  readonly #handles: RelayHandles;
  readonly #fallback: RelayFallback;
  readonly #choice = new RelayChoice(randomBytes);
  readonly #chooser = driven(this.#choice, (now) => this.#drainChoice(now));
  #toldHome = "";
  #coordinator: { readonly at: string; readonly roundTripMs: Milliseconds } | undefined;
  #keepaliveMs: Milliseconds | undefined;
  #closed = false;

  constructor(options: RelaysOptions) {
    const { engine, driver, openStream, requestTickets, onChange, onLog } = options;
    this.#options = options;
    this.#handles = new RelayHandles(engine);
    this.#fallback = new RelayFallback({
      ...{ engine, driver, handles: this.#handles, relays: this.#byName, open: openStream, onLog },
      wanted: () => this.#choice.sessions,
      newSession: (entry) => this.#newSession(entry, STREAM_KEEPALIVE_MS),
      ticket: (relay) => this.#ticketFor(relay),
      onSession: (relay) => this.#sessionsChanged(relay),
      onHealth: onChange,
      onRefused: (relay) => requestTickets([relay]),
    });
  }

  /** Name of the home relay; "" without any session. */
  get home(): string {
    return this.#choice.home;
  }

  observed(): readonly SocketAddress[] {
    return [...this.#byName.values()].flatMap(({ session }) => session.observed ?? []);
  }

  accessOf(handle: number): RelayAccess | undefined {
    return this.#handles.accessOf(handle);
  }

  /** Live sessions: the peer's home, where it surely is, then our own, where it comes for us, then the nearest. */
  handlesFor(homeRelay: string): readonly number[] {
    const rank = ({ entry }: Relay): number =>
      entry.relay === homeRelay ? 0 : entry.relay === this.home ? 1 : 2 + (this.#choice.rttMs(entry.relay) ?? 1e6);
    return [...this.#byName.values()].sort((a, b) => rank(a) - rank(b)).flatMap((relay) => this.#handleOf(relay) ?? []);
  }

  /** How often a mapping of the NAT needs a packet. */
  setKeepalive(keepaliveMs: Milliseconds): void {
    this.#keepaliveMs = keepaliveMs;
    for (const { session, machine } of this.#byName.values()) {
      session.handleKeepalive(keepaliveMs, this.#options.driver.now());
      this.#options.driver.touch(machine);
    }
  }

  /** Home relays of the peers that have traffic. */
  setWanted(names: Iterable<string>): void {
    this.#choice.handleWanted([...new Set(names)].filter((name) => name !== ""));
    this.#options.driver.touch(this.#chooser);
  }

  applyNetmap(view: NetmapView): void {
    const wanted = new Map([...view.relays].slice(0, MAX_RELAYS));
    for (const [name, relay] of [...this.#byName]) {
      const entry = wanted.get(name);
      if (entry === undefined || Buffer.compare(entry.key, relay.entry.key) !== 0) this.#remove(name, relay);
    }
    for (const [name, entry] of wanted) {
      const relay = this.#byName.get(name) ?? this.#add(name, entry);
      // The coordinator lost it: it may have died, which a home relay must not hide for the length of a keepalive.
      if (entry.away && !relay.entry.away) relay.session.handleSuspicion(this.#options.driver.now());
      relay.entry = entry;
      relay.session.handleAddresses(entry.udpAddresses, this.#options.driver.now());
      this.#options.driver.touch(relay.machine);
    }
    const ownKey = this.#options.identity.node.publicKey;
    const relays = Array.from(wanted.values(), ({ relay, key, udpAddresses, away, offered }) => ({
      name: relay,
      addresses: udpAddresses,
      away,
      offered,
      own: Buffer.compare(key, ownKey) === 0,
    }));
    this.#choice.handleRelays(relays, this.#options.driver.now());
    this.#options.driver.touch(this.#chooser);
    this.#tellRoundTrip();
    this.renewTickets();
  }

  /** How far away it is: most often it is a relay, too. */
  handleCoordinator(at: HostPort, roundTripMs: Milliseconds): void {
    this.#coordinator = { at: formatHostPort(at), roundTripMs };
    this.#tellRoundTrip();
  }

  /** Asks for the tickets that are missing or half expired. */
  renewTickets(): void {
    const due = this.#options.tickets.due(this.#byName.keys(), Date.now());
    if (due.length > 0) this.#options.requestTickets(due);
  }

  handleTicket(name: string, ticket: SignedTicket): void {
    const relay = this.#byName.get(name);
    if (relay === undefined) return;
    relay.session.handleTicket(ticket, this.#options.driver.now());
    this.#fallback.handleTicket(name, ticket);
    this.#options.driver.touch(relay.machine);
  }

  /** The engine has packets for the stream of a relay. */
  handleAwake(handle: number): void {
    this.#fallback.handleAwake(handle);
  }

  handleDatagram(data: Uint8Array, from: SocketAddress): void {
    const relay = this.#byName.get(this.#handles.ownerOf(from) ?? "");
    if (relay === undefined) return;
    const now = this.#options.driver.now();
    this.#fallback.handleAnswer();
    this.#choice.handleDatagram(data, from, now);
    relay.session.handleDatagram(data, from, now);
    this.#options.driver.touch(relay.machine);
  }

  /** A path died: if the router in front of this host forgot its mappings, the sessions are lost, too, and nobody tells. */
  checkSessions(): void {
    for (const [name, { session, machine }] of this.#byName) {
      session.handleSuspicion(this.#options.driver.now());
      this.#fallback.checkSession(name);
      this.#options.driver.touch(machine);
    }
  }

  networkChanged(): void {
    for (const { session, machine } of this.#byName.values()) {
      session.handleNetworkChange(this.#options.driver.now());
      this.#options.driver.touch(machine);
    }
    this.#fallback.networkChanged();
    this.#choice.handleNetworkChange(this.#options.driver.now());
    this.#options.driver.touch(this.#chooser);
  }

  close(): void {
    this.#closed = true;
    this.#options.driver.remove(this.#chooser);
    for (const { machine } of this.#byName.values()) this.#options.driver.remove(machine);
    this.#fallback.close();
  }

  #add(name: string, entry: RelayEntry): Relay {
    const { driver } = this.#options;
    const session = this.#newSession(entry, this.#keepaliveMs);
    const relay: Relay = { entry, session, machine: driven(session, () => this.#drain(relay)), live: undefined };
    this.#byName.set(name, relay);
    session.handleWanted(false, driver.now());
    const ticket = this.#ticketFor(name);
    if (ticket !== undefined) session.handleTicket(ticket, driver.now());
    return relay;
  }

  #newSession({ key }: RelayEntry, keepaliveMs: Milliseconds | undefined): RelaySession {
    const { identity, meshId } = this.#options;
    const keepalive = keepaliveMs === undefined ? {} : { keepaliveMs };
    return new RelaySession({ node: identity.node, meshId, relayKey: key, random: randomBytes, ...keepalive });
  }

  #tellRoundTrip(): void {
    const { at, roundTripMs } = this.#coordinator ?? {};
    const isRelay = at !== undefined && [...this.#byName.values()].some(({ entry }) => entry.tcpAddresses.includes(at));
    if (isRelay && roundTripMs !== undefined) this.#fallback.handleRoundTrip(roundTripMs);
  }

  #remove(name: string, relay: Relay): void {
    this.#options.driver.remove(relay.machine);
    this.#fallback.closeStream(name);
    this.#byName.delete(name);
    this.#handles.remove(name);
    relay.live = undefined;
    this.#sessionsChanged(name);
  }

  #drain(relay: Relay): void {
    const { engine, onObserved, onLog } = this.#options;
    const name = relay.entry.relay;
    for (let event = relay.session.pollEvent(); event !== undefined; event = relay.session.pollEvent()) {
      switch (event.type) {
        case "listen":
          this.#handles.listen(name, event.addresses);
          break;
        case "session": {
          const handle = this.#handles.of(name, event.address);
          engine.setRelay(handle, event.address, event.session);
          relay.live = handle;
          onLog(`relay ${name}: session at ${event.address}`);
          this.#sessionsChanged(name);
          break;
        }
        case "lost":
          engine.setRelay(this.#handles.of(name, event.address), event.address, 0);
          relay.live = undefined;
          onLog(`relay ${name}: ${event.reason}`);
          this.#sessionsChanged(name);
          break;
        case "observed":
          onObserved(event.moved);
          break;
        case "refused":
          onLog(`relay ${name}: ${event.reason}`);
          this.#options.requestTickets([name]);
          break;
      }
    }
    const datagrams = [];
    for (let next = relay.session.pollTransmit(); next !== undefined; next = relay.session.pollTransmit()) {
      datagrams.push({ data: next.data, address: next.address });
    }
    if (datagrams.length > 0) engine.send(datagrams);
  }

  #ticketFor(relay: string): SignedTicket | undefined {
    return this.#options.tickets.get(relay, Date.now());
  }

  /** Of the live session, over whatever. */
  #handleOf({ live, entry }: Relay): number | undefined {
    return live ?? this.#fallback.liveHandle(entry.relay);
  }

  #drainChoice(now: number): void {
    const { driver, engine } = this.#options;
    const sessions = this.#choice.sessions;
    for (const [name, { session, machine }] of this.#byName) {
      session.handleWanted(sessions.includes(name), now);
      driver.touch(machine);
    }
    const datagrams = [];
    for (let next = this.#choice.pollTransmit(); next !== undefined; next = this.#choice.pollTransmit()) {
      datagrams.push({ data: next.data, address: next.address });
    }
    if (datagrams.length > 0) engine.send(datagrams);
    this.#fallback.examine();
    if (this.home !== this.#toldHome) this.#homeChanged();
  }

  #homeChanged(): void {
    this.#toldHome = this.home;
    this.#options.onLog(this.home === "" ? "no home relay" : `home relay: ${this.home}`);
    this.#options.onChange();
  }

  #sessionsChanged(name: string): void {
    if (this.#closed) return;
    const { driver, onChange } = this.#options;
    const relay = this.#byName.get(name);
    this.#choice.handleSession(name, relay !== undefined && this.#handleOf(relay) !== undefined, driver.now());
    driver.touch(this.#chooser);
    onChange();
  }
}
