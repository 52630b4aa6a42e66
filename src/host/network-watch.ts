// When this host's network changed: links, addresses, default routes, and a sleep of the whole host, which the clocks tell of. The kernel
// reports all of that; nothing is looked at every second, since an idle daemon is to stay asleep. What the kernel says is checked against what matters here: containers come and go without moving anybody.
import type { InterfaceAddress } from "../nat/types.ts";
import { SleepDetector } from "./sleep-detector.ts";

/** News of the kernel (native/index.d.ts). */
export interface NetworkNews {
  /** Indexes of interfaces that lost their link or an address, even if only for a moment. */
  readonly lost: readonly number[];
  /** Some news were lost. */
  readonly overrun: boolean;
  /** The wall clock jumped: the host slept, or somebody set it. */
  readonly clockJumped: boolean;
}

/** Throws where the kernel cannot be asked. */
export type ListenForNews = (onNews: (news: NetworkNews) => void) => { close(): void };

export interface NetworkReading {
  readonly addresses: readonly InterfaceAddress[];
  /** Next hops of the default routes, with their interfaces. */
  readonly gateways: readonly string[];
}

export interface NetworkWatchOptions {
  readonly read: () => NetworkReading;
  readonly listen: ListenForNews;
  /** The index of an interface; undefined where there is none of that name. */
  readonly indexOf: (interfaceName: string) => number | undefined;
  /** Time that goes on while the host sleeps. */
  readonly bootMs: () => number;
  readonly monotonicMs: () => number;
}

export interface NetworkChange {
  /** An address or a link is gone, or the host slept: connections of before are worth nothing. */
  readonly moved: boolean;
}

export interface NetworkWatcher {
  current(): readonly InterfaceAddress[];
  /** Looks now, for instance because a path died. */
  check(): void;
  stop(): void;
}

/** In case the kernel missed something; without its news that is all there is. */
const LOOK_EVERY_MS = { listening: 60_000, deaf: 3_000 } as const;

export function watchNetwork(
  { read, listen, indexOf, bootMs, monotonicMs }: NetworkWatchOptions,
  onChange: (change: NetworkChange) => void,
): NetworkWatcher {
  let known = read();
  const look = (lost: readonly number[], certain: boolean): void => {
    const before = known;
    known = read();
    const flapped = lost.length > 0 && uplinksOf(before, indexOf).some((index) => lost.includes(index));
    const gone = isMissing(linesOf(before), linesOf(known));
    const added = isMissing(linesOf(known), linesOf(before));
    if (flapped || gone || added || certain) onChange({ moved: flapped || gone || certain });
  };
  const check = (): void => look([], false);

  const sleep = new SleepDetector(monotonicMs(), bootMs());
  const hasSlept = (): boolean => sleep.handleTick(monotonicMs(), bootMs());
  const news = tryToListen(listen, ({ lost, overrun, clockJumped }) => {
    look(overrun ? [] : lost, clockJumped && hasSlept());
  });
  const timer = setInterval(
    () => {
      look([], hasSlept());
    },
    LOOK_EVERY_MS[news === undefined ? "deaf" : "listening"],
  );
  return {
    current: () => known.addresses,
    check,
    stop: () => {
      clearInterval(timer);
      news?.close();
    },
  };
}

function tryToListen(
  listen: ListenForNews,
  onNews: (news: NetworkNews) => void,
): ReturnType<ListenForNews> | undefined {
  try {
    return listen(onNews);
  } catch {
    // A kernel without rtnetlink for us (a sandbox): looking now and then has to do.
    return undefined;
  }
}

/** What a change shows in. Link-local addresses say nothing about where the host is, and every container brings one. */
function linesOf({ addresses, gateways }: NetworkReading): readonly string[] {
  const lines = addresses
    .filter(({ ip }) => !/^(fe[89ab].:|169\.254\.)/i.test(ip))
    .map(({ name, ip, prefixLength }) => `${name} ${ip}/${String(prefixLength)}`);
  return [...lines, ...gateways.map((gateway) => `via ${gateway}`)];
}

/** Interfaces that a default route leaves by; where there is none, those with an address. */
function uplinksOf({ addresses, gateways }: NetworkReading, indexOf: NetworkWatchOptions["indexOf"]): number[] {
  const routed = gateways.map((gateway) => gateway.split(" ")[1] ?? "");
  const names = routed.length > 0 ? routed : addresses.map(({ name }) => name);
  return [...new Set(names)].flatMap((name) => indexOf(name) ?? []);
}

function isMissing(some: readonly string[], from: readonly string[]): boolean {
  return some.some((line) => !from.includes(line));
}
