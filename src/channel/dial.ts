import { ChannelError } from "./errors.ts";
import type { HostPort } from "../protocol/address.ts";
import type { Milliseconds } from "../protocol/units.ts";

/** As RFC 8305 §5 (Connection Attempt Delay): a working first address keeps the others from being tried. */
const HEAD_START_MS = 250;

export interface Dialled<Channel> {
  readonly coordinator: HostPort;
  readonly channel: Channel;
}

/**
 * The first channel that comes about, trying addresses in order: the next one after a head start or as soon as all before it
 * failed. The others are aborted; a channel that still comes about is discarded with `discard`. Rejects with the ChannelError
 * that tells most.
 */
export async function dialFirst<Channel>(
  coordinators: readonly HostPort[],
  open: (coordinator: HostPort, signal: AbortSignal) => Promise<Channel>,
  discard: (channel: Channel) => void,
  signal: AbortSignal,
  headStartMs: Milliseconds = HEAD_START_MS,
): Promise<Dialled<Channel>> {
  const losers = new AbortController();
  const stop = AbortSignal.any([signal, losers.signal]);
  const errors: ChannelError[] = [];
  const { promise: first, resolve, reject } = Promise.withResolvers<Dialled<Channel>>();
  let timer: NodeJS.Timeout | undefined;
  let started = 0;
  let running = 0;

  const attempt = async (coordinator: HostPort) => {
    running += 1;
    try {
      const channel = await open(coordinator, stop);
      if (stop.aborted) discard(channel);
      else {
        losers.abort();
        resolve({ coordinator, channel });
      }
    } catch (error) {
      if (error instanceof ChannelError) errors.push(error);
      else reject(error);
    }
    running -= 1;
    if (running === 0) next();
  };
  const next = () => {
    clearTimeout(timer);
    if (stop.aborted) return;
    const coordinator = coordinators[started];
    if (coordinator) {
      started += 1;
      timer = setTimeout(next, headStartMs);
      void attempt(coordinator);
    } else if (running === 0) reject(mostTelling(errors));
  };
  const onAbort = () => {
    reject(new ChannelError("aborted", "connecting was given up"));
  };

  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  next();
  try {
    return await first;
  } finally {
    clearTimeout(timer);
    losers.abort();
    signal.removeEventListener("abort", onAbort);
  }
}

/** Someone who answers wrongly says more than silence. */
const TELLING = ["wrong-coordinator", "version-mismatch", "protocol", "timeout", "closed", "unreachable"] as const;

function mostTelling(errors: readonly ChannelError[]): ChannelError {
  for (const failure of TELLING) {
    const error = errors.find((candidate) => candidate.failure === failure);
    if (error) return error;
  }
  return errors[0] ?? new ChannelError("unreachable", "no address of the coordinator is known");
}
