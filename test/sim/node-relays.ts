// A node's relays, wired as src/daemon/relays.ts wires them: which to keep sessions at, a session machine each, and the same over byte
// streams where UDP does not get through.
import { type Driven, driven, type Driver } from "../../src/daemon/driver.ts";
import type { SigningKey } from "../../src/identity/index.ts";
import { RelayChoice } from "../../src/paths/relay-choice.ts";
import { RelaySession, STREAM_KEEPALIVE_MS } from "../../src/paths/relay-session.ts";
import { UdpHealth } from "../../src/paths/udp-health.ts";
import type { NodeKey, SocketAddress } from "../../src/protocol/index.ts";
import type { Host } from "./host.ts";
import { NodeStream } from "./node-stream.ts";
import type { RelayServer } from "./relay-server.ts";
import type { Surroundings } from "./surroundings.ts";

export interface NodeRelaysOptions {
  readonly world: Surroundings;
  readonly host: Host;
  readonly driver: Driver;
  readonly identity: SigningKey;
  readonly key: NodeKey;
  /** A session came or went, or another relay became the home. */
  readonly onChange: () => void;
  readonly onObserved: (moved: boolean) => void;
  /** Relay data came over a stream. */
  readonly onData: (data: Uint8Array, handle: number) => void;
  readonly note: (what: () => string) => void;
}

interface Relay {
  readonly server: RelayServer;
  readonly handle: number;
  readonly session: RelaySession;
  readonly machine: Driven;
  /** The session over UDP. */
  live: { readonly session: number; readonly address: SocketAddress } | undefined;
  stream: NodeStream | undefined;
}

export class NodeRelays {
  readonly #options: NodeRelaysOptions;
  readonly #byName = new Map<string, Relay>();
  readonly #byAddress = new Map<SocketAddress, Relay>();
  readonly #byHandle = new Map<number, Relay>();
  readonly #choice: RelayChoice;
  readonly #health = new UdpHealth();
  readonly #chooser: Driven;
  readonly #doctor = driven(this.#health, (now) => {
    this.#drainHealth(now);
  });
  #nextHandle = 1;
  #toldHome = "";
  #closed = false;

  constructor(options: NodeRelaysOptions) {
    this.#options = options;
    const { world } = options;
    this.#choice = new RelayChoice((length) => world.random.bytes(length));
    this.#chooser = driven(this.#choice, (now) => {
      this.#drainChoice(now);
    });
  }

  get home(): string {
    return this.#choice.home;
  }

  observed(): readonly SocketAddress[] {
    return [...this.#byName.values()].flatMap(({ session }) => session.observed ?? []);
  }

  /** Sessions that stand. */
  liveHandles(): ReadonlySet<number> {
    return new Set([...this.#byName.values()].flatMap((relay) => handleOf(relay) ?? []));
  }

  handlesFor(homeRelay: string): readonly number[] {
    const rank = ({ server: { name } }: Relay): number =>
      name === homeRelay ? 0 : name === this.home ? 1 : 2 + (this.#choice.rttMs(name) ?? 1e6);
    return [...this.#byName.values()].sort((a, b) => rank(a) - rank(b)).flatMap((relay) => handleOf(relay) ?? []);
  }

  /** Relay name and how it is reached. */
  accessOf(handle: number): { readonly relay: string; readonly kind: "relay-udp" | "relay-tcp" } | undefined {
    const relay = this.#byHandle.get(handle);
    return relay && { relay: relay.server.name, kind: relay.handle === handle ? "relay-udp" : "relay-tcp" };
  }

  start(): void {
    const { world, driver, key } = this.#options;
    for (const server of world.relays) this.#add(server);
    for (const { server, session, machine } of this.#byName.values()) {
      session.handleTicket(server.ticketFor(key), driver.now());
      session.handleAddresses(server.addresses, driver.now());
      driver.touch(machine);
    }
    this.#choice.handleRelays(
      world.relays.map(({ name, addresses }) => ({ name, addresses, away: false, offered: false, own: false })),
      driver.now(),
    );
    driver.touch(this.#chooser);
  }

  /** It answered, and is the first relay's machine. */
  handleCoordinator(): void {
    const { world, host, driver } = this.#options;
    const [server] = world.relays;
    if (server === undefined) return;
    this.#health.handleRoundTrip(2 * world.network.openStream(host.mainPlace.site, server.site).delayMs);
    driver.touch(this.#doctor);
  }

  setWanted(names: readonly string[]): void {
    this.#choice.handleWanted([...new Set(names)].filter((name) => name !== ""));
    this.#options.driver.touch(this.#chooser);
  }

  /** The relay's handle, if the packet came from one. */
  handleOf(from: SocketAddress): number | undefined {
    return this.#byAddress.get(from)?.handle;
  }

  handleControl(data: Uint8Array, from: SocketAddress): void {
    const relay = this.#byAddress.get(from);
    if (relay === undefined) return;
    const { driver } = this.#options;
    this.#health.handleAnswer();
    this.#choice.handleDatagram(data, from, driver.now());
    relay.session.handleDatagram(data, from, driver.now());
    driver.touch(relay.machine);
  }

  /** False if there is no session. */
  send(handle: number, wrap: (session: number) => Uint8Array): boolean {
    const relay = this.#byHandle.get(handle);
    if (relay?.handle === handle && relay.live !== undefined) {
      this.#options.host.send(wrap(relay.live.session), relay.live.address);
      return true;
    }
    return relay?.stream?.handle === handle && relay.stream.send(wrap);
  }

  /** A path died. */
  checkSessions(): void {
    const { driver } = this.#options;
    for (const { session, machine, stream } of this.#byName.values()) {
      session.handleSuspicion(driver.now());
      driver.touch(machine);
      stream?.checkSession();
    }
  }

  networkChanged(): void {
    const { driver } = this.#options;
    for (const relay of this.#byName.values()) {
      relay.session.handleNetworkChange(driver.now());
      driver.touch(relay.machine);
      relay.stream?.networkChanged();
    }
    this.#health.handleNetworkChange(driver.now());
    driver.touch(this.#doctor);
    this.#choice.handleNetworkChange(driver.now());
    driver.touch(this.#chooser);
  }

  close(): void {
    this.#closed = true;
    for (const relay of this.#byName.values()) this.#closeStream(relay);
  }

  #add(server: RelayServer): void {
    const { driver } = this.#options;
    const session = this.#newSession(server);
    const machine = driven(session, () => {
      this.#drain(relay);
    });
    const handle = this.#nextHandle++;
    const relay: Relay = { server, handle, session, machine, live: undefined, stream: undefined };
    this.#byName.set(server.name, relay);
    this.#byHandle.set(handle, relay);
    for (const address of server.addresses) this.#byAddress.set(address, relay);
    session.handleWanted(false, driver.now());
  }

  #newSession({ publicKey }: RelayServer, keepalive?: { readonly keepaliveMs: number }): RelaySession {
    const { world, identity } = this.#options;
    const random = (length: number) => world.random.bytes(length);
    return new RelaySession({ node: identity, meshId: world.meshId, relayKey: publicKey, random, ...keepalive });
  }

  #drain(relay: Relay): void {
    const { session, server } = relay;
    const { host, onObserved, note } = this.#options;
    for (let event = session.pollEvent(); event !== undefined; event = session.pollEvent()) {
      switch (event.type) {
        case "listen":
        case "refused":
          break;
        case "session": {
          const { address, session: id } = event;
          relay.live = { session: id, address };
          note(() => `relay ${server.name}: session at ${address}`);
          this.#sessionsChanged(server.name);
          break;
        }
        case "lost": {
          const { reason } = event;
          relay.live = undefined;
          note(() => `relay ${server.name}: ${reason}`);
          this.#sessionsChanged(server.name);
          break;
        }
        case "observed":
          onObserved(event.moved);
          break;
      }
    }
    for (let out = session.pollTransmit(); out !== undefined; out = session.pollTransmit()) {
      host.send(out.data, out.address);
    }
  }

  #drainChoice(now: number): void {
    const { driver, host, note, onChange } = this.#options;
    const { sessions } = this.#choice;
    for (const [name, { session, machine }] of this.#byName) {
      session.handleWanted(sessions.includes(name), now);
      driver.touch(machine);
    }
    for (let out = this.#choice.pollTransmit(); out !== undefined; out = this.#choice.pollTransmit()) {
      host.send(out.data, out.address);
    }
    const isLive = [...this.#byName.values()].some(({ live }) => live !== undefined);
    this.#health.handleSessions(sessions.length > 0, isLive, driver.now());
    driver.touch(this.#doctor);
    if (this.home === this.#toldHome) return;
    this.#toldHome = this.home;
    note(() => `home relay: ${this.home === "" ? "none" : this.home}`);
    onChange();
  }

  #sessionsChanged(name: string): void {
    if (this.#closed) return;
    const { driver, onChange } = this.#options;
    const relay = this.#byName.get(name);
    this.#choice.handleSession(name, relay !== undefined && handleOf(relay) !== undefined, driver.now());
    driver.touch(this.#chooser);
    onChange();
  }

  #drainHealth(now: number): void {
    const { driver, note, onChange } = this.#options;
    for (let event = this.#health.pollEvent(); event !== undefined; event = this.#health.pollEvent()) {
      if (event === "retry") {
        for (const { session, machine, live } of this.#byName.values()) {
          if (live === undefined) session.handleNetworkChange(now);
          driver.touch(machine);
        }
      } else {
        const text = event === "blocked" ? "no relay answers over UDP; trying TCP" : "relays answer over UDP";
        note(() => text);
        onChange();
      }
    }
    const { sessions } = this.#choice;
    for (const [name, relay] of this.#byName) {
      if (this.#health.blocked && relay.live === undefined && sessions.includes(name)) this.#openStream(relay);
      else this.#closeStream(relay);
    }
  }

  // ---- over TCP

  #openStream(relay: Relay): void {
    if (relay.stream !== undefined) return;
    const { world, host, driver, key, note, onData } = this.#options;
    const { server } = relay;
    const handle = this.#nextHandle++;
    this.#byHandle.set(handle, relay);
    const stream = new NodeStream({
      ...{ world, host, driver, server, handle },
      newSession: () => this.#newSession(server, { keepaliveMs: STREAM_KEEPALIVE_MS }),
      ticket: () => server.ticketFor(key),
      onData: (data) => {
        onData(data, handle);
      },
      onChange: () => {
        note(() => `relay ${server.name} over TCP: ${stream.isLive ? "session" : "session ended"}`);
        this.#sessionsChanged(server.name);
      },
    });
    relay.stream = stream;
  }

  #closeStream(relay: Relay): void {
    const { stream } = relay;
    relay.stream = undefined;
    stream?.close();
  }
}

/** Of the live session, over whatever. */
function handleOf({ live, handle, stream }: Relay): number | undefined {
  if (live !== undefined) return handle;
  return stream?.isLive === true ? stream.handle : undefined;
}
