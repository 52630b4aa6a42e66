// Carries out what session.ts decides: sockets, clock, randomness.
import { ChannelError } from "../channel/errors.ts";
import { openCoordinatorChannel } from "../channel/coordinator-channel.ts";
import type { SealedStream } from "../channel/sealed-stream.ts";
import type { NetmapState } from "../netmap/state.ts";
import type { HostPort, SocketAddress } from "../protocol/address.ts";
import type { Candidate } from "../protocol/candidate.ts";
import { decodeCoordinatorMessage, encodeNodeMessage } from "../protocol/control-codec.ts";
import { MeshdError, ProtocolViolation } from "../protocol/errors.ts";
import type { AuthSecret, PunchRequestMessage } from "../protocol/messages.ts";
import { dialFirst } from "../channel/dial.ts";
import type { ControlOptions } from "./options.ts";
import { ControlSession } from "./session.ts";

/** Connection and handshake, each, with one address. */
const OPEN_LIMIT_MS = 8_000;
const LOGOUT_LIMIT_MS = 5_000;

/** The node's end of the control channel: connects, and stays connected until closed. */
export interface ControlClient {
  readonly connected: boolean;
  /** Which one, while connected. */
  readonly coordinator: HostPort | undefined;
  readonly netmap: NetmapState | undefined;
  /** Published at once, and again after every reconnect. Only changes are sent. */
  setEndpoints(candidates: readonly Candidate[], homeRelay: string): void;
  /** Addresses of the relay that this node offers, none to withdraw it; said at once, and again after every reconnect. */
  setRelayOffer(udpAddresses: readonly SocketAddress[]): void;
  /** Dropped (returns false) while not connected. */
  requestPunch(request: Omit<PunchRequestMessage, "kind">): boolean;
  /** Remembered until granted, across reconnects. */
  requestTickets(relays: readonly string[]): void;
  /** Another auth key, after "refused" or to join anew: connects again at once. */
  authenticate(auth: AuthSecret, coordinators: readonly HostPort[]): void;
  /** The host's network changed: a live session is checked at once (made anew if the host moved), a waiting one is tried at once. */
  networkChanged(moved: boolean): void;
  /** Has the coordinator forget this node, then closes. Rejects with MeshdError if not connected or not confirmed. */
  logout(): Promise<void>;
  /** Ends in order. Leaves no timer and no socket behind. */
  close(): Promise<void>;
}

/** Starts connecting; everything that happens comes by `options.onEvent`, never before this returned. */
export function startControl(options: ControlOptions): ControlClient {
  return new Runner(options);
}

class Runner implements ControlClient {
  readonly #options: ControlOptions;
  readonly #session: ControlSession;
  #timer: NodeJS.Timeout | undefined;
  /** Of the attempt or channel under way. */
  #current: { readonly abort: AbortController; channel?: SealedStream } | undefined;
  readonly #ending = new Set<Promise<void>>();
  #closed = false;
  #onRefused: ((done?: undefined) => void) | undefined;

  constructor(options: ControlOptions) {
    this.#options = options;
    this.#session = new ControlSession(options, now(), Math.random);
    queueMicrotask(() => {
      this.#run();
    });
  }

  get connected(): boolean {
    return this.#session.coordinator !== undefined;
  }

  get coordinator(): HostPort | undefined {
    return this.#session.coordinator;
  }

  get netmap(): NetmapState | undefined {
    return this.#session.netmap;
  }

  setEndpoints(candidates: readonly Candidate[], homeRelay: string): void {
    this.#session.setEndpoints(candidates, homeRelay);
    this.#run();
  }

  setRelayOffer(udpAddresses: readonly SocketAddress[]): void {
    this.#session.setRelayOffer(udpAddresses);
    this.#run();
  }

  requestPunch(request: Omit<PunchRequestMessage, "kind">): boolean {
    const sent = this.#session.requestPunch(request);
    this.#run();
    return sent;
  }

  requestTickets(relays: readonly string[]): void {
    this.#session.requestTickets(relays);
    this.#run();
  }

  authenticate(auth: AuthSecret, coordinators: readonly HostPort[]): void {
    this.#session.authenticate(auth, coordinators, now());
    this.#run();
  }

  networkChanged(moved: boolean): void {
    this.#session.handleNetworkChange(now(), moved);
    this.#run();
  }

  async logout(): Promise<void> {
    if (!this.#session.requestLogout()) {
      throw new MeshdError(
        "coordinator-away",
        5,
        "Cannot log out: the coordinator is away; try again, or have an admin remove this machine.",
      );
    }
    const { promise: confirmed, resolve, reject } = Promise.withResolvers<undefined>();
    this.#onRefused = resolve;
    const timer = setTimeout(reject, LOGOUT_LIMIT_MS);
    this.#run();
    try {
      await confirmed;
    } catch {
      throw new MeshdError(
        "logout-unconfirmed",
        5,
        "The coordinator did not confirm the logout; try again, or have an admin remove this machine.",
      );
    } finally {
      clearTimeout(timer);
      this.#onRefused = undefined;
    }
    await this.close();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#session.close();
    this.#run();
    await Promise.all(this.#ending);
  }

  /** After every input: carries out actions, hands on events, sets the timer. */
  #run(): void {
    for (let action = this.#session.pollTransmit(); action; action = this.#session.pollTransmit()) {
      switch (action.kind) {
        case "connect":
          this.#connect(action.coordinators);
          break;
        case "send":
          void this.#current?.channel?.send(encodeNodeMessage(action.message)).catch(() => undefined);
          break;
        case "disconnect":
          this.#disconnect();
      }
    }
    this.#setTimer();
    for (let event = this.#session.pollEvent(); event; event = this.#session.pollEvent()) {
      if (event.kind === "refused") this.#onRefused?.();
      if (!this.#closed) this.#options.onEvent(event);
    }
  }

  #setTimer(): void {
    clearTimeout(this.#timer);
    const at = this.#session.pollTimeout();
    this.#timer =
      at === undefined
        ? undefined
        : setTimeout(
            () => {
              this.#session.handleTimeout(now());
              this.#run();
            },
            Math.max(0, Math.ceil(at - now())),
          );
  }

  #connect(coordinators: readonly HostPort[]): void {
    this.#disconnect();
    const current: { readonly abort: AbortController; channel?: SealedStream } = { abort: new AbortController() };
    this.#current = current;
    const isCurrent = () => this.#current === current;
    this.#track(this.#serve(coordinators, current, isCurrent));
  }

  /** One channel from dialling to its end. */
  async #serve(
    coordinators: readonly HostPort[],
    current: { readonly abort: AbortController; channel?: SealedStream },
    isCurrent: () => boolean,
  ): Promise<void> {
    try {
      const { signal } = current.abort;
      const { coordinator, channel } = await dialFirst(
        coordinators,
        (at, stop) => this.#open(at, stop),
        (late) => {
          late.abort();
        },
        signal,
      );
      if (!isCurrent()) {
        channel.abort();
        return;
      }
      current.channel = channel;
      this.#session.handleChannel(coordinator, channel.transcriptHash, now());
      this.#run();
      for (let bytes = await channel.receive(); bytes; bytes = await channel.receive()) {
        if (!isCurrent()) return;
        const message = decodeCoordinatorMessage(bytes);
        if (message) this.#session.handleMessage(message, now());
        this.#run();
      }
      throw new ChannelError("closed", "it ended the session");
    } catch (error) {
      if (!isCurrent()) return;
      this.#session.handleChannelFailure(failureOf(error), now());
      this.#run();
    }
  }

  async #open(coordinator: HostPort, signal: AbortSignal): Promise<SealedStream> {
    return openCoordinatorChannel(coordinator, this.#options.rootKey, { timeoutMs: OPEN_LIMIT_MS, signal });
  }

  #disconnect(): void {
    const current = this.#current;
    this.#current = undefined;
    if (!current) return;
    current.abort.abort();
    if (current.channel) this.#track(current.channel.close());
  }

  #track(work: Promise<void>): void {
    this.#ending.add(work);
    void work.finally(() => this.#ending.delete(work));
  }
}

/** Whatever it was, the channel is over and another one is tried. */
function failureOf(error: unknown): ChannelError {
  if (error instanceof ChannelError) return error;
  if (error instanceof ProtocolViolation) return new ChannelError("protocol", error.message);
  const reason = error instanceof Error ? error.message : String(error);
  return new ChannelError("protocol", `this program failed (${reason})`, { cause: error });
}

function now(): number {
  return performance.now();
}
