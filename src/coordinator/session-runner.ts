// Moves messages between a sealed stream and its session machine, and wakes the machine on time. The only place where a
// session meets I/O.
import type { SealedStream } from "../channel/sealed-stream.ts";
import { parseSocketAddress, splitSocketAddress } from "../protocol/address.ts";
import { decodeNodeMessage, encodeCoordinatorMessage } from "../protocol/control-codec.ts";
import { ProtocolViolation } from "../protocol/errors.ts";
import type { ControlSession, SessionEvent } from "./control-session.ts";

/** A reader that takes nothing for this long is dropped. */
const SEND_WITHIN_MS = 10_000;
/** For the last words of a session, once it has ended, and what is being sent before them. */
const LAST_WORDS_WITHIN_MS = 500;

export interface RunningSession {
  readonly session: ControlSession;
  /** Where its packets come from, canonical. */
  readonly remoteIp: string | undefined;
  /** Call after every input to the machine: handles its events and sends what it has to say. */
  pump(): void;
  /** Resolves when the stream is closed. Never rejects. */
  readonly done: Promise<void>;
}

export function runSession(
  stream: SealedStream,
  session: ControlSession,
  now: () => number,
  onEvent: (event: SessionEvent) => void,
): RunningSession {
  const finished = Promise.withResolvers<undefined>();
  let timer: NodeJS.Timeout | undefined;
  let lastWords: NodeJS.Timeout | undefined;
  let isSending = false;
  let isClosing = false;

  const pump = (): void => {
    for (let event = session.pollEvent(); event !== undefined; event = session.pollEvent()) onEvent(event);
    if (!isSending && !isClosing) void send();
    if (session.hasEnded && !isClosing) {
      lastWords ??= setTimeout(() => {
        stream.abort();
      }, LAST_WORDS_WITHIN_MS);
    }
    clearTimeout(timer);
    const wakeAt = session.pollTimeout();
    if (wakeAt === undefined) return;
    timer = setTimeout(
      () => {
        session.handleTimeout(now());
        pump();
      },
      Math.max(0, Math.ceil(wakeAt - now())),
    );
  };

  const send = async (): Promise<void> => {
    isSending = true;
    try {
      for (let message = session.pollTransmit(); message !== undefined; message = session.pollTransmit()) {
        await within(stream.send(encodeCoordinatorMessage(message)), SEND_WITHIN_MS);
      }
    } catch (error) {
      session.handleChannelEnd(reasonOf(error));
      stream.abort();
      pump();
    }
    isSending = false;
    if (session.hasEnded && !isClosing) await close();
  };

  const close = async (): Promise<void> => {
    isClosing = true;
    clearTimeout(lastWords);
    await stream.close();
    finished.resolve(undefined);
  };

  const receive = async (): Promise<void> => {
    try {
      while (!session.hasEnded) {
        const bytes = await stream.receive();
        if (bytes === undefined) {
          session.handleChannelEnd("the node closed the channel");
        } else {
          session.handleMessage(decodeNodeMessage(bytes), now());
        }
        pump();
      }
    } catch (error) {
      session.handleChannelEnd(reasonOf(error));
      pump();
    }
  };

  pump();
  void receive();
  return { session, remoteIp: remoteIpOf(stream), pump, done: finished.promise };
}

function remoteIpOf({ remoteAddress }: SealedStream): string | undefined {
  const address = remoteAddress === undefined ? undefined : parseSocketAddress(remoteAddress);
  return address && splitSocketAddress(address).ip;
}

class SlowReaderError extends Error {}

async function within<T>(promise: Promise<T>, timeoutMs: number): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    reject(new SlowReaderError("does not read what it is sent"));
  }, timeoutMs);
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof ProtocolViolation) return `sent a malformed message: ${error.message}`;
  return error instanceof Error ? error.message : String(error);
}
