// When this host's network changed: links, addresses, default routes, as the kernel tells of them, and a sleep of the whole host, which
// only the clocks tell of. What the kernel says is checked against what matters here: containers come and go without moving anybody.
import type { InterfaceAddress } from "../nat/types.ts";
import { SleepDetector } from "./sleep-detector.ts";

/** News of the kernel (native/index.d.ts). */
export interface NetworkNews {
  /** Indexes of interfaces that lost their link or an address, even if only for a moment. */
  readonly lost: readonly number[];
  /** Some news were lost. */
  readonly overrun: boolean;
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

const TICK_MS = 1000;
/** Without news of the kernel every third tick has to find out. */
const LOOK_EVERY_TICKS = { listening: 30, deaf: 3 } as const;

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

  const news = tryToListen(listen, ({ lost, overrun }) => look(overrun ? [] : lost, false));
  const lookEvery = news === undefined ? LOOK_EVERY_TICKS.deaf : LOOK_EVERY_TICKS.listening;
  const sleep = new SleepDetector(monotonicMs(), bootMs());
  let ticks = 0;
  const timer = setInterval(() => {
    ticks += 1;
    if (sleep.handleTick(monotonicMs(), bootMs())) look([], true);
    else if (ticks % lookEvery === 0) check();
  }, TICK_MS);
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
