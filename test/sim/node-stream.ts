// A node's session at one relay over a byte stream, as src/daemon/relay-stream.ts has it: connects, and stays connected until closed.
import { Backoff } from "../../src/channel/backoff.ts";
import { type Driven, driven, type Driver } from "../../src/daemon/driver.ts";
import type { RelaySession } from "../../src/paths/relay-session.ts";
import { formatSocketAddress, type SignedTicket } from "../../src/protocol/index.ts";
import type { Host } from "./host.ts";
import type { Line } from "./network.ts";
import type { RelayServer } from "./relay-server.ts";
import type { Surroundings } from "./surroundings.ts";

export interface NodeStreamOptions {
  readonly world: Surroundings;
  readonly host: Host;
  readonly driver: Driver;
  readonly server: RelayServer;
  readonly handle: number;
  readonly newSession: () => RelaySession;
  readonly ticket: () => SignedTicket;
  /** Relay data came. */
  readonly onData: (data: Uint8Array) => void;
  /** The session came or went. */
  readonly onChange: () => void;
}

/** To the session machine a stream is a relay with one address. */
const STREAM_ADDRESS = formatSocketAddress("0.0.0.0", 1);
/** TCP, TLS and the first request. */
const CONNECT_ROUND_TRIPS = 3;
const RELAY_DATA = 18;

interface Connected {
  readonly line: Line;
  readonly session: RelaySession;
  readonly machine: Driven;
}

export class NodeStream {
  readonly handle: number;
  readonly #options: NodeStreamOptions;
  readonly #backoff: Backoff;
  #connected: Connected | undefined;
  /** The session, while it stands. */
  #session: number | undefined;
  #isClosed = false;

  constructor(options: NodeStreamOptions) {
    this.#options = options;
    this.handle = options.handle;
    this.#backoff = new Backoff(() => options.world.random.unit());
    this.#connect();
  }

  get isLive(): boolean {
    return this.#session !== undefined;
  }

  /** False if there is no session. */
  send(wrap: (session: number) => Uint8Array): boolean {
    if (this.#session === undefined) return false;
    this.#connected?.line.send(wrap(this.#session));
    return true;
  }

  /** There is doubt. */
  checkSession(): void {
    const { driver } = this.#options;
    this.#connected?.session.handleSuspicion(driver.now());
    if (this.#connected !== undefined) driver.touch(this.#connected.machine);
  }

  networkChanged(): void {
    this.#reconnect(0);
  }

  close(): void {
    this.#isClosed = true;
    this.#disconnect();
    this.#setSession(undefined);
  }

  #connect(): void {
    const { world, host, server } = this.#options;
    host.ledger.streams += 1;
    const line = world.network.openStream(host.mainPlace.site, server.site);
    host.clock.setTimer(
      () => {
        if (this.#isClosed || this.#connected !== undefined) return;
        if (server.accept(line)) this.#serve(line);
        else this.#reconnect(this.#backoff.next());
      },
      CONNECT_ROUND_TRIPS * 2 * line.delayMs,
    );
  }

  #serve(line: Line): void {
    const { driver, newSession, ticket, onData } = this.#options;
    const session = newSession();
    const connected: Connected = {
      line,
      session,
      machine: driven(session, () => {
        this.#drain(connected);
      }),
    };
    this.#connected = connected;
    line.onArrival = (data) => {
      if (this.#connected !== connected) return;
      if (data[0] === RELAY_DATA) onData(data);
      else {
        session.handleDatagram(data, STREAM_ADDRESS, driver.now());
        driver.touch(connected.machine);
      }
    };
    session.handleAddresses([STREAM_ADDRESS], driver.now());
    session.handleTicket(ticket(), driver.now());
    driver.touch(connected.machine);
  }

  #drain(connected: Connected): void {
    if (this.#connected !== connected) return;
    const { session, line } = connected;
    for (let event = session.pollEvent(); event !== undefined; event = session.pollEvent()) {
      if (event.type === "session") {
        this.#backoff.reset();
        this.#setSession(event.session);
      } else if (event.type === "lost") {
        this.#reconnect(this.#backoff.next());
        return;
      }
    }
    for (let out = session.pollTransmit(); out !== undefined; out = session.pollTransmit()) line.send(out.data);
  }

  #reconnect(afterMs: number): void {
    this.#disconnect();
    this.#setSession(undefined);
    this.#options.host.clock.setTimer(() => {
      if (!this.#isClosed && this.#connected === undefined) this.#connect();
    }, afterMs);
  }

  #disconnect(): void {
    if (this.#connected === undefined) return;
    this.#options.driver.remove(this.#connected.machine);
    this.#connected.line.close();
    this.#connected = undefined;
  }

  #setSession(session: number | undefined): void {
    if (this.#session === session) return;
    this.#session = session;
    this.#options.onChange();
  }
}
