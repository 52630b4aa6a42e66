// Where streams become sessions. Strangers are cheap to turn away and cost little until they have proven their key: there are
// few at a time, fewer of one network, they have little time, and all nodes together come in at a bounded rate (a storm of reconnects is thinned;
// nodes try again with growing pauses).
import type { Logger } from "pino";
import type { ByteStream } from "../channel/byte-stream.ts";
import { ChannelError } from "../channel/errors.ts";
import { acceptAsCoordinator } from "../channel/sealed-stream.ts";
import { logUnexpected } from "../host/last-resort.ts";
import { meshIdOf } from "../identity/ids.ts";
import type { SigningKey } from "../identity/keys.ts";
import { encodeCoordinatorMessage } from "../protocol/control-codec.ts";
import { AUTHENTICATE_WITHIN_MS, ControlSession, type SessionContext, type SessionEvent } from "./control-session.ts";
import { runSession, type RunningSession } from "./session-runner.ts";
import { SourceLimit } from "./source-limit.ts";
import { TokenBucket } from "../protocol/token-bucket.ts";
import { TurnedAway } from "./turned-away.ts";

const MAX_HALF_OPEN = 256;
export const MAX_HALF_OPEN_OF_NETWORK = 64;
const ADMISSION_RATE = { perSecond: 200, burst: 400 } as const;

export interface FrontDoorOptions {
  readonly root: SigningKey;
  readonly netmap: SessionContext["netmap"];
  /** Of the mesh's addresses, CIDR. */
  readonly prefixes: readonly string[];
  readonly log: Logger;
  /** Monotonic ms. */
  readonly now: () => number;
  readonly nowUnixMs: () => number;
  readonly onEvent: (running: RunningSession, event: SessionEvent) => void;
}

export class FrontDoor {
  readonly #options: FrontDoorOptions;
  readonly #meshId: Uint8Array;
  readonly #greeting: Uint8Array;
  readonly #admission: TokenBucket;
  readonly #running = new Set<RunningSession>();
  /** Handshakes; they end when the coordinator stops. */
  readonly #stopping = new AbortController();
  readonly #sources = new SourceLimit(MAX_HALF_OPEN_OF_NETWORK);
  readonly #turnedAway: TurnedAway;
  #halfOpen = 0;

  constructor(options: FrontDoorOptions) {
    this.#options = options;
    this.#meshId = meshIdOf(options.root.publicKey);
    this.#greeting = encodeCoordinatorMessage({ kind: "mesh-prefixes", prefixes: options.prefixes });
    this.#admission = new TokenBucket(ADMISSION_RATE.perSecond, ADMISSION_RATE.burst, options.now());
    this.#turnedAway = new TurnedAway(options.log, options.now);
  }

  accept(stream: ByteStream): void {
    const { now } = this.#options;
    const isFull = this.#stopping.signal.aborted || this.#halfOpen >= MAX_HALF_OPEN;
    const leave = isFull ? undefined : this.#sources.take(stream.remoteAddress);
    if (leave === undefined || !this.#admission.take(now())) {
      leave?.();
      this.#turnedAway.note(stream.remoteAddress, this.#halfOpen);
      stream.abort();
      return;
    }
    this.#halfOpen += 1;
    void this.#open(stream, leave);
  }

  /** Says goodbye to all; resolves when all sessions are closed. */
  async close(): Promise<void> {
    this.#stopping.abort();
    const running = [...this.#running];
    for (const one of running) {
      one.session.handleGoodbye("shutting-down", "the coordinator stops");
      one.pump();
    }
    await Promise.all(running.map(({ done }) => done));
  }

  /** @param leave called when the stream is half-open no more */
  async #open(stream: ByteStream, leave: () => void): Promise<void> {
    const { root, netmap, log, now, nowUnixMs, onEvent } = this.#options;
    const from = stream.remoteAddress;
    let isHalfOpen = true;
    const settle = (): void => {
      if (!isHalfOpen) return;
      isHalfOpen = false;
      this.#halfOpen -= 1;
      leave();
    };
    try {
      const sealed = await acceptAsCoordinator(stream, root, {
        timeoutMs: AUTHENTICATE_WITHIN_MS,
        signal: this.#stopping.signal,
        greeting: this.#greeting,
      });
      const { transcriptHash } = sealed;
      const context = { rootKey: root.publicKey, meshId: this.#meshId, transcriptHash, netmap, nowUnixMs };
      const session = new ControlSession(context, now());
      const running: RunningSession = runSession(sealed, session, now, (event) => {
        if (event.kind === "join" || event.kind === "relay-join" || event.kind === "ended") settle();
        if (event.kind === "ended") log.debug({ from, reason: event.reason }, "session ended");
        onEvent(running, event);
      });
      this.#running.add(running);
      await running.done;
      this.#running.delete(running);
    } catch (error) {
      if (error instanceof ChannelError) {
        log.debug({ from, reason: error.message }, "no session came about");
      } else {
        logUnexpected(log, "a new session failed", error);
        stream.abort();
      }
    } finally {
      settle();
    }
  }
}
