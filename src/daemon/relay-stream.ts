// One relay reached through a byte stream (WebTransport over TCP), because UDP does not get through: connects and stays connected until
// closed. The session in it is made by the same machine as over UDP; packets go between the stream and the engine unseen.
import { Backoff } from "../channel/backoff.ts";
import type { ByteStream } from "../channel/byte-stream.ts";
import { dialFirst } from "../channel/dial.ts";
import { FrameCutter, framePacket, separate } from "../channel/packet-frames.ts";
import type { NodeEngine } from "../engine/index.ts";
import type { RelaySession } from "../paths/relay-session.ts";
import { concat } from "../identity/hash.ts";
import { formatHostPort, formatSocketAddress, type HostPort } from "../protocol/address.ts";
import type { SignedTicket } from "../protocol/messages.ts";
import { type Driven, driven, type Driver } from "./driver.ts";

/** A stream to the relay there; `opening` are its first bytes, which leave with the request for it. */
export type OpenRelayStream = (at: HostPort, opening: Uint8Array, signal: AbortSignal) => Promise<ByteStream>;

export interface RelayStreamOptions {
  readonly engine: NodeEngine;
  readonly driver: Driver;
  /** In the engine. */
  readonly handle: number;
  readonly addresses: readonly HostPort[];
  readonly open: OpenRelayStream;
  /** Each stream gets its own. */
  readonly newSession: () => RelaySession;
  readonly ticket: () => SignedTicket | undefined;
  /** The session came or went. */
  readonly onChange: () => void;
  readonly onLog: (message: string) => void;
  readonly onRefused: () => void;
}

/** To the session machine a stream is a relay with one address. */
const STREAM_ADDRESS = formatSocketAddress("0.0.0.0", 1);

/** A stream whose first bytes were the session's hello: that saves a round trip. */
interface Greeted {
  readonly stream: ByteStream;
  readonly session: RelaySession;
}

interface Connected extends Greeted {
  readonly machine: Driven;
  readonly control: Uint8Array[];
  isWriting: boolean;
}

export class RelayStream {
  readonly #options: RelayStreamOptions;
  readonly #backoff = new Backoff(Math.random);
  readonly #closing = new AbortController();
  #connected: Connected | undefined;
  /** Ends the pause between two tries. */
  #hurry: () => void = () => undefined;
  /** Where it is connected, while the session stands. */
  #live: string | undefined;

  constructor(options: RelayStreamOptions) {
    this.#options = options;
    void this.#run();
  }

  get live(): string | undefined {
    return this.#live;
  }

  handleTicket(ticket: SignedTicket): void {
    if (this.#connected === undefined) return;
    this.#connected.session.handleTicket(ticket, this.#options.driver.now());
    this.#options.driver.touch(this.#connected.machine);
  }

  /** The engine has packets for it. */
  handleAwake(): void {
    if (this.#connected !== undefined) this.#pump(this.#connected);
  }

  /** There is doubt: ask at once. */
  handleSuspicion(): void {
    if (this.#connected === undefined) return;
    this.#connected.session.handleSuspicion(this.#options.driver.now());
    this.#options.driver.touch(this.#connected.machine);
  }

  /** A connection of the network before is of no use. */
  networkChanged(): void {
    this.#connected?.stream.abort();
    this.#backoff.reset();
    this.#hurry();
  }

  close(): void {
    this.#closing.abort();
    this.#connected?.stream.abort();
    this.#hurry();
    this.#setLive(undefined);
  }

  async #run(): Promise<void> {
    const { addresses, onLog } = this.#options;
    const { signal } = this.#closing;
    const greet = (at: HostPort, stop: AbortSignal): Promise<Greeted> => this.#greet(at, stop);
    const isClosed = (): boolean => signal.aborted;
    while (!isClosed()) {
      try {
        const { coordinator: at, channel } = await dialFirst(addresses, greet, ({ stream }) => stream.abort(), signal);
        await this.#serve(channel, formatHostPort(at));
      } catch (error) {
        if (!isClosed()) onLog(error instanceof Error ? error.message : String(error));
      }
      this.#setLive(undefined);
      if (isClosed()) return;
      await this.#pause(this.#backoff.next());
    }
  }

  async #greet(at: HostPort, signal: AbortSignal): Promise<Greeted> {
    const { driver, newSession, ticket, open } = this.#options;
    const session = newSession();
    session.handleAddresses([STREAM_ADDRESS], driver.now());
    const held = ticket();
    if (held !== undefined) session.handleTicket(held, driver.now());
    return { session, stream: await open(at, concat(framesOf(session)), signal) };
  }

  async #serve({ stream, session }: Greeted, at: string): Promise<void> {
    const { driver, engine, handle } = this.#options;
    const machine = driven(session, () => this.#drain(connected, at));
    const connected: Connected = { stream, session, machine, control: [], isWriting: false };
    this.#connected = connected;
    try {
      driver.touch(machine);
      const cutter = new FrameCutter();
      for (let chunk = await stream.read(); chunk !== undefined; chunk = await stream.read()) {
        const { control, data } = separate(cutter.cut(chunk));
        for (const frames of data) engine.relayReceive(handle, frames);
        for (const packet of control) session.handleDatagram(packet, STREAM_ADDRESS, driver.now());
        if (control.length > 0) driver.touch(machine);
      }
    } finally {
      driver.remove(machine);
      this.#connected = undefined;
      stream.abort();
    }
  }

  #drain(connected: Connected, at: string): void {
    const { session, stream, control } = connected;
    const { engine, handle, onLog, onRefused } = this.#options;
    for (let event = session.pollEvent(); event !== undefined; event = session.pollEvent()) {
      switch (event.type) {
        case "session":
          engine.setStreamRelay(handle, event.session);
          this.#backoff.reset();
          this.#setLive(at);
          break;
        case "lost":
          onLog(event.reason);
          stream.abort();
          break;
        case "refused":
          onLog(event.reason);
          onRefused();
          stream.abort();
          break;
        case "listen":
        case "observed":
          // The address of a TCP connection is no place to send datagrams to.
          break;
      }
    }
    control.push(...framesOf(session));
    this.#pump(connected);
  }

  #pump(connected: Connected): void {
    if (!connected.isWriting) void this.#write(connected);
  }

  async #write(connected: Connected): Promise<void> {
    const { engine, handle } = this.#options;
    connected.isWriting = true;
    try {
      for (;;) {
        const bytes = connected.control.shift() ?? engine.relayTake(handle);
        if (!bytes) break;
        await connected.stream.write(bytes);
      }
    } catch {
      // Reading fails as well, and ends it.
      connected.stream.abort();
    }
    connected.isWriting = false;
  }

  #setLive(at: string | undefined): void {
    if (at === this.#live) return;
    this.#live = at;
    if (at === undefined) this.#options.engine.setStreamRelay(this.#options.handle, 0);
    this.#options.onChange();
  }

  async #pause(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const done = (): void => resolve(undefined);
    const timer = setTimeout(done, ms);
    this.#hurry = done;
    await promise;
    clearTimeout(timer);
  }
}

/** What the session has to say, as frames of the stream. */
function framesOf(session: RelaySession): readonly Uint8Array[] {
  const frames: Uint8Array[] = [];
  for (let next = session.pollTransmit(); next !== undefined; next = session.pollTransmit()) {
    frames.push(framePacket(next.data));
  }
  return frames;
}
