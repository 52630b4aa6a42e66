// A relay's line to its coordinator: authenticates, tells the relay's addresses, hears of revocations, and comes back after every
// loss with growing pauses. A relay works without it; so nothing here ends it but the coordinator's own word.
import { Backoff } from "../channel/backoff.ts";
import { dialFirst } from "../channel/dial.ts";
import { ChannelError } from "../channel/errors.ts";
import type { SealedStream } from "../channel/sealed-stream.ts";
import { meshIdOf } from "../identity/ids.ts";
import type { SigningKey } from "../identity/keys.ts";
import { sign } from "../identity/signatures.ts";
import type { HostPort } from "../protocol/address.ts";
import { decodeCoordinatorMessage, encodeNodeMessage } from "../protocol/control-codec.ts";
import { MeshdError, ProtocolViolation } from "../protocol/errors.ts";
import type {
  AuthSecret,
  CoordinatorMessage,
  NodeMessage,
  RelayAddresses,
  RelayRevocationsMessage,
} from "../protocol/messages.ts";
import type { Observations } from "./observations.ts";

/** docs/protocol.md, "Control channel", step 6. */
const HEARTBEAT_AFTER_MS = 10_000;
const SILENCE_MS = 25_000;

export interface CoordinatorLinkOptions {
  readonly rootKey: Uint8Array;
  readonly relay: SigningKey;
  readonly token: AuthSecret;
  readonly region: string;
  readonly software: string;
  /** Filled by who sees nodes register. */
  readonly observations: Observations;
  /** As known at the moment, best first. */
  readonly coordinators: () => readonly HostPort[];
  /** A sealed channel to the coordinator of the root key. */
  readonly open: (coordinator: HostPort, signal: AbortSignal) => Promise<SealedStream>;
  readonly random: () => number;
  readonly onJoined: (coordinator: HostPort) => void;
  readonly onRevocations: (message: RelayRevocationsMessage) => void;
  readonly onLost: (reason: string, retryInMs: number) => void;
  /** The coordinator will not have this relay (any more). */
  readonly onRefused: (error: MeshdError) => void;
}

class Refused extends Error {}

export class CoordinatorLink {
  readonly #options: CoordinatorLinkOptions;
  readonly #backoff: Backoff;
  readonly #closing = new AbortController();
  readonly #done: Promise<void>;
  #channel: SealedStream | undefined;
  #isOpen = false;
  #addresses: RelayAddresses | undefined;
  #observing: NodeJS.Timeout | undefined;

  constructor(options: CoordinatorLinkOptions) {
    this.#options = options;
    this.#backoff = new Backoff(options.random);
    this.#done = this.#run();
  }

  get connected(): boolean {
    return this.#isOpen;
  }

  /** Told at once, and again after every reconnect. */
  setAddresses(addresses: RelayAddresses): void {
    this.#addresses = addresses;
    if (this.#isOpen) this.#send({ kind: "relay-addresses", ...addresses });
  }

  /** There is something new among the observations. */
  tellObservations(): void {
    const { observations } = this.#options;
    const now = performance.now();
    const batch = observations.pollTransmit(now);
    if (batch !== undefined) this.#send({ kind: "relay-observations", observations: batch });
    clearTimeout(this.#observing);
    const at = observations.pollTimeout();
    if (at === undefined || this.#closing.signal.aborted) return;
    this.#observing = setTimeout(() => this.tellObservations(), Math.max(0, Math.ceil(at - now)));
  }

  async close(): Promise<void> {
    this.#closing.abort();
    clearTimeout(this.#observing);
    await this.#channel?.close();
    await this.#done;
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    for (;;) {
      const reason = await this.#connectAndServe(signal);
      if (signal.aborted || reason === undefined) return;
      const pause = this.#backoff.next();
      this.#options.onLost(reason, pause);
      await sleep(pause, signal);
    }
  }

  /** Why it ended; undefined if there is no use in trying again. */
  async #connectAndServe(signal: AbortSignal): Promise<string | undefined> {
    const { coordinators, open } = this.#options;
    try {
      const { coordinator, channel } = await dialFirst(coordinators(), open, (late) => late.abort(), signal);
      this.#channel = channel;
      await this.#serve(coordinator, channel);
      return "it ended the session";
    } catch (error) {
      if (error instanceof Refused) return undefined;
      if (error instanceof ChannelError || error instanceof ProtocolViolation) return error.message;
      return error instanceof Error ? error.message : String(error);
    } finally {
      this.#isOpen = false;
      this.#options.observations.handleDisconnected();
      this.#channel?.abort();
      this.#channel = undefined;
    }
  }

  async #serve(coordinator: HostPort, channel: SealedStream): Promise<void> {
    const { relay, rootKey, token, region, software } = this.#options;
    const context = { purpose: "control-relay", meshId: meshIdOf(rootKey), verifier: rootKey } as const;
    const signature = sign(relay, context, channel.transcriptHash);
    this.#send({ kind: "relay-authenticate", relayKey: relay.publicKey, signature, token, region, software });
    const silence = setTimeout(() => channel.abort(), SILENCE_MS);
    let sequence = 0;
    const heartbeat = setInterval(() => {
      this.#send({ kind: "heartbeat", sequence: sequence++, reply: false, coordinatorTimeMs: 0 });
    }, HEARTBEAT_AFTER_MS);
    try {
      for (let bytes = await channel.receive(); bytes !== undefined; bytes = await channel.receive()) {
        silence.refresh();
        const message = decodeCoordinatorMessage(bytes);
        if (message !== undefined) this.#handle(message, coordinator);
      }
    } finally {
      clearTimeout(silence);
      clearInterval(heartbeat);
    }
  }

  #handle(message: CoordinatorMessage, coordinator: HostPort): void {
    switch (message.kind) {
      case "auth-result":
        if (message.status !== "ok") this.#refuse(message.message);
        this.#isOpen = true;
        this.#backoff.reset();
        this.#options.onJoined(coordinator);
        if (this.#addresses !== undefined) this.#send({ kind: "relay-addresses", ...this.#addresses });
        this.#options.observations.handleConnected();
        this.tellObservations();
        break;
      case "relay-revocations":
        this.#options.onRevocations(message);
        break;
      case "heartbeat":
        if (!message.reply) this.#send({ ...message, reply: true, coordinatorTimeMs: 0 });
        break;
      case "goodbye":
        if (message.reason === "removed" || message.reason === "replaced") this.#refuse(message.message);
        break;
      default:
    }
  }

  #refuse(words: string): never {
    this.#options.onRefused(new MeshdError("relay-refused", 1, `the coordinator refuses this relay: ${words}`));
    throw new Refused();
  }

  /** A channel that takes nothing any more is noticed by receiving. */
  #send(message: NodeMessage): void {
    this.#channel?.send(encodeNodeMessage(message)).catch(() => undefined);
  }
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done, { once: true });
  });
}
