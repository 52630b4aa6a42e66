// Relays of the netmap: which of them to keep sessions at (src/paths/relay-choice.ts), tickets from disk or the coordinator, one session
// machine each, and the engine's handles, one for each address of a relay. Where UDP does not get through (src/paths/udp-health.ts), the
// same relays over TCP (relay-stream.ts).
import type { NodeEngine } from "../engine/index.ts";
import { randomBytes } from "../identity/index.ts";
import type { NetmapView } from "../netmap/index.ts";
import { RelayChoice } from "../paths/relay-choice.ts";
import { RelaySession } from "../paths/relay-session.ts";
import { UdpHealth } from "../paths/udp-health.ts";
import { parseHostPort, type SocketAddress } from "../protocol/address.ts";
import type { RelayEntry, SignedTicket } from "../protocol/messages.ts";
import type { Driven, Driver } from "./driver.ts";
import type { Identity } from "./identity-file.ts";
import { type OpenRelayStream, RelayStream } from "./relay-stream.ts";
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

interface Relay {
  entry: RelayEntry;
  readonly session: RelaySession;
  readonly machine: Driven;
  /** Engine handles by address. */
  readonly handles: Map<SocketAddress, number>;
  /** Of the live session over UDP. */
  live: number | undefined;
  /** While UDP is blocked. */
  stream: { readonly handle: number; readonly link: RelayStream } | undefined;
  observed: SocketAddress | undefined;
}

/** How a session is reached. */
export interface RelayAccess {
  readonly relay: string;
  readonly kind: "relay-udp" | "relay-tcp";
  readonly address: string;
}

/** The way to each is measured. */
const MAX_RELAYS = 64;

export class Relays {
  readonly #options: RelaysOptions;
  readonly #byName = new Map<string, Relay>();
  readonly #byAddress = new Map<SocketAddress, Relay>();
  readonly #access = new Map<number, RelayAccess>();
  readonly #streams = new Map<number, RelayStream>();
  readonly #choice = new RelayChoice(randomBytes);
  readonly #chooser: Driven = {
    handleTimeout: (now) => this.#choice.handleTimeout(now),
    pollTimeout: () => this.#choice.pollTimeout(),
    drain: (now) => this.#drainChoice(now),
  };
  readonly #health = new UdpHealth();
  readonly #doctor: Driven = {
    handleTimeout: (now) => this.#health.handleTimeout(now),
    pollTimeout: () => this.#health.pollTimeout(),
    drain: (now) => this.#drainHealth(now),
  };
  #nextHandle = 1;
  #toldHome = "";
  #closed = false;

  constructor(options: RelaysOptions) {
    this.#options = options;
  }

  /** Name of the home relay; "" without any session. */
  get home(): string {
    return this.#choice.home;
  }

  observed(): readonly SocketAddress[] {
    return [...this.#byName.values()].flatMap(({ observed }) => observed ?? []);
  }

  accessOf(handle: number): RelayAccess | undefined {
    return this.#access.get(handle);
  }

  /** Live sessions: the peer's home, where it surely is, then our own, where it comes for us, then the nearest. */
  handlesFor(homeRelay: string): readonly number[] {
    const rank = ({ entry }: Relay): number =>
      entry.relay === homeRelay ? 0 : entry.relay === this.home ? 1 : 2 + (this.#choice.rttMs(entry.relay) ?? 1e6);
    return [...this.#byName.values()].sort((a, b) => rank(a) - rank(b)).flatMap((relay) => handleOf(relay) ?? []);
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
    const relays = Array.from(wanted.values(), ({ relay, udpAddresses, away }) => ({
      name: relay,
      addresses: udpAddresses,
      away,
    }));
    this.#choice.handleRelays(relays, this.#options.driver.now());
    this.#options.driver.touch(this.#chooser);
    this.renewTickets();
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
    relay.stream?.link.handleTicket(ticket);
    this.#options.driver.touch(relay.machine);
  }

  /** The engine has packets for the stream of a relay. */
  handleAwake(handle: number): void {
    this.#streams.get(handle)?.handleAwake();
  }

  handleDatagram(data: Uint8Array, from: SocketAddress): void {
    const relay = this.#byAddress.get(from);
    if (relay === undefined) return;
    const now = this.#options.driver.now();
    this.#choice.handleDatagram(data, from, now);
    relay.session.handleDatagram(data, from, now);
    this.#options.driver.touch(relay.machine);
  }

  /** A path died: if the router in front of this host forgot its mappings, the sessions are lost, too, and nobody tells. */
  checkSessions(): void {
    for (const relay of this.#byName.values()) {
      relay.session.handleSuspicion(this.#options.driver.now());
      relay.stream?.link.handleSuspicion();
      this.#options.driver.touch(relay.machine);
    }
  }

  networkChanged(): void {
    for (const relay of this.#byName.values()) {
      relay.session.handleNetworkChange(this.#options.driver.now());
      relay.stream?.link.networkChanged();
      this.#options.driver.touch(relay.machine);
    }
    this.#health.handleNetworkChange(this.#options.driver.now());
    this.#options.driver.touch(this.#doctor);
    this.#choice.handleNetworkChange(this.#options.driver.now());
    this.#options.driver.touch(this.#chooser);
  }

  close(): void {
    this.#closed = true;
    this.#options.driver.remove(this.#chooser);
    this.#options.driver.remove(this.#doctor);
    for (const relay of this.#byName.values()) {
      this.#options.driver.remove(relay.machine);
      this.#closeStream(relay);
    }
  }

  #add(name: string, entry: RelayEntry): Relay {
    const { driver, tickets } = this.#options;
    const session = this.#newSession(entry);
    const machine: Driven = {
      handleTimeout: (now) => session.handleTimeout(now),
      pollTimeout: () => session.pollTimeout(),
      drain: () => this.#drain(relay),
    };
    const nothing = { live: undefined, stream: undefined, observed: undefined };
    const relay: Relay = { entry, session, machine, handles: new Map(), ...nothing };
    this.#byName.set(name, relay);
    session.handleWanted(false, driver.now());
    const ticket = tickets.get(name, Date.now());
    if (ticket !== undefined) session.handleTicket(ticket, driver.now());
    return relay;
  }

  #newSession({ key }: RelayEntry): RelaySession {
    const { identity, meshId } = this.#options;
    return new RelaySession({ node: identity.node, meshId, relayKey: key, random: randomBytes });
  }

  #remove(name: string, relay: Relay): void {
    this.#options.driver.remove(relay.machine);
    this.#closeStream(relay);
    this.#byName.delete(name);
    for (const [address, handle] of relay.handles) this.#forget(address, handle);
    relay.live = undefined;
    this.#sessionsChanged(name);
  }

  #drain(relay: Relay): void {
    const { engine, onObserved, onLog } = this.#options;
    const name = relay.entry.relay;
    for (let event = relay.session.pollEvent(); event !== undefined; event = relay.session.pollEvent()) {
      switch (event.type) {
        case "listen":
          this.#listen(relay, event.addresses);
          break;
        case "session": {
          const handle = this.#handle(relay, event.address);
          engine.setRelay(handle, event.address, event.session);
          relay.live = handle;
          onLog(`relay ${name}: session at ${event.address}`);
          this.#sessionsChanged(name);
          break;
        }
        case "lost":
          engine.setRelay(this.#handle(relay, event.address), event.address, 0);
          relay.live = undefined;
          onLog(`relay ${name}: ${event.reason}`);
          this.#sessionsChanged(name);
          break;
        case "observed": {
          const moved = relay.observed !== undefined;
          relay.observed = event.observed;
          onObserved(moved);
          break;
        }
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

  #listen(relay: Relay, addresses: readonly SocketAddress[]): void {
    for (const [address, handle] of relay.handles) {
      if (!addresses.includes(address)) {
        relay.handles.delete(address);
        this.#forget(address, handle);
      }
    }
    for (const address of addresses) {
      if (!relay.handles.has(address)) this.#options.engine.setRelay(this.#handle(relay, address), address, 0);
    }
  }

  #handle(relay: Relay, address: SocketAddress): number {
    const known = relay.handles.get(address);
    if (known !== undefined) return known;
    const handle = this.#nextHandle++;
    relay.handles.set(address, handle);
    this.#byAddress.set(address, relay);
    this.#access.set(handle, { relay: relay.entry.relay, kind: "relay-udp", address });
    return handle;
  }

  #forget(address: SocketAddress, handle: number): void {
    this.#options.engine.setRelay(handle, undefined, 0);
    this.#byAddress.delete(address);
    this.#access.delete(handle);
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
    this.#examine();
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
    this.#choice.handleSession(name, relay !== undefined && handleOf(relay) !== undefined, driver.now());
    driver.touch(this.#chooser);
    onChange();
  }

  // ---- over TCP

  #examine(): void {
    const { driver } = this.#options;
    const isLive = [...this.#byName.values()].some(({ live }) => live !== undefined);
    this.#health.handleSessions(this.#choice.sessions.length > 0, isLive, driver.now());
    driver.touch(this.#doctor);
  }

  #drainHealth(now: number): void {
    const { driver, onLog, onChange } = this.#options;
    for (let event = this.#health.pollEvent(); event !== undefined; event = this.#health.pollEvent()) {
      if (event === "retry") {
        for (const { session, machine, live } of this.#byName.values()) {
          if (live === undefined) session.handleNetworkChange(now);
          driver.touch(machine);
        }
      } else {
        onLog(event === "blocked" ? "no relay answers over UDP; trying TCP" : "relays answer over UDP");
        onChange();
      }
    }
    const sessions = this.#choice.sessions;
    for (const [name, relay] of this.#byName) {
      // One session at a relay: that over UDP, once it stands, has replaced the other.
      if (this.#health.blocked && relay.live === undefined && sessions.includes(name)) this.#openStream(name, relay);
      else this.#closeStream(relay);
    }
  }

  #openStream(name: string, relay: Relay): void {
    const addresses = relay.entry.tcpAddresses.flatMap((text) => parseHostPort(text) ?? []);
    if (relay.stream !== undefined || addresses.length === 0) return;
    const { engine, driver, tickets, openStream, onLog, requestTickets } = this.#options;
    const handle = this.#nextHandle++;
    const link = new RelayStream({
      ...{ engine, driver, handle, addresses, open: openStream },
      newSession: () => this.#newSession(relay.entry),
      ticket: () => tickets.get(name, Date.now()),
      onChange: () => {
        const at = link.live;
        if (at === undefined) this.#access.delete(handle);
        else this.#access.set(handle, { relay: name, kind: "relay-tcp", address: at });
        onLog(`relay ${name}: ${at === undefined ? "TCP session ended" : `session over TCP at ${at}`}`);
        this.#sessionsChanged(name);
      },
      onLog: (message) => onLog(`relay ${name} over TCP: ${message}`),
      onRefused: () => requestTickets([name]),
    });
    relay.stream = { handle, link };
    this.#streams.set(handle, link);
  }

  #closeStream(relay: Relay): void {
    const { stream } = relay;
    if (stream === undefined) return;
    relay.stream = undefined;
    this.#streams.delete(stream.handle);
    stream.link.close();
  }
}

/** Of the live session, over whatever. */
function handleOf({ live, stream }: Relay): number | undefined {
  return live ?? (stream?.link.live === undefined ? undefined : stream.handle);
}
