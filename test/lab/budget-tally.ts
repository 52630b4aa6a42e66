// What the probing of a node may cost (the caps that docs/protocol.md names), and what it did cost, out of the packets on its wire. Pure.
import type { CapturedPacket } from "./capture.ts";

export const BUDGET_CAPS = {
  packetsPerSecond: 600,
  attemptPackets: 2600,
  attemptMs: 8000,
  extraSockets: 256,
  attemptsPerPeer: 2,
  attemptsWithinMs: 600_000,
} as const;

/** Pairs of ports that are new to a peer, this close to each other, are birthday probing... */
const DENSE = { packets: 8, withinMs: 200 } as const;
/** ... and as many of them as no other kind of probing comes to. */
const FEWEST_PAIRS = 100;
/** Longer pauses lie between attempts only. */
const PAUSE_MS = 1500;

export interface BirthdayAttempt {
  readonly peer: string;
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  /** All that went to the peer meanwhile. */
  readonly packets: number;
  readonly sourcePorts: number;
  readonly destinationPorts: number;
}

export class BudgetTally {
  readonly #peerOf: (address: string) => string | undefined;
  readonly #byPeer = new Map<string, CapturedPacket[]>();
  readonly #times: number[] = [];

  /** `peerOf`: whose address it is; probes are what goes to the address of a peer. */
  constructor(peerOf: (address: string) => string | undefined) {
    this.#peerOf = peerOf;
  }

  add(packets: readonly CapturedPacket[]): void {
    for (const packet of packets) {
      const peer = this.#peerOf(packet.destination);
      if (packet.protocol !== "udp" || peer === undefined) continue;
      this.#times.push(packet.atMs);
      this.#packetsTo(peer).push(packet);
    }
  }

  get probes(): number {
    return this.#times.length;
  }

  /** The most in any second. */
  get peakPerSecond(): number {
    return peakWithin(this.#times, 1000);
  }

  probesBetween(fromMs: number, untilMs: number): number {
    return this.#times.filter((at) => at >= fromMs && at < untilMs).length;
  }

  probesTo(peer: string): number {
    return this.#byPeer.get(peer)?.length ?? 0;
  }

  /** In order. */
  attempts(): readonly BirthdayAttempt[] {
    return [...this.#byPeer]
      .flatMap(([peer, packets]) => birthdayAttempts(peer, packets))
      .toSorted((a, b) => a.startedAtMs - b.startedAtMs);
  }

  #packetsTo(peer: string): CapturedPacket[] {
    const known = this.#byPeer.get(peer) ?? [];
    this.#byPeer.set(peer, known);
    return known;
  }
}

/** What of the attempts is more than it may be, in words. */
export function attemptExcesses(attempts: readonly BirthdayAttempt[]): readonly string[] {
  const caps = BUDGET_CAPS;
  const single = attempts.flatMap(({ peer, packets, sourcePorts, startedAtMs, endedAtMs }) => [
    ...(packets > caps.attemptPackets ? [`an attempt for ${peer} took ${packets} packets`] : []),
    ...(sourcePorts > caps.extraSockets ? [`an attempt for ${peer} took ${sourcePorts} sockets`] : []),
    ...(endedAtMs - startedAtMs > caps.attemptMs
      ? [`an attempt for ${peer} took ${((endedAtMs - startedAtMs) / 1000).toFixed(1)} s`]
      : []),
  ]);
  const overlaps = attempts.slice(1).flatMap((attempt, index) => {
    const before = attempts[index];
    return before !== undefined && attempt.startedAtMs < before.endedAtMs
      ? [`attempts for ${before.peer} and ${attempt.peer} at the same time`]
      : [];
  });
  const crowds = [...Map.groupBy(attempts, ({ peer }) => peer)].flatMap(([peer, own]) => {
    const most = peakWithin(
      own.map(({ startedAtMs }) => startedAtMs),
      caps.attemptsWithinMs,
    );
    return most > caps.attemptsPerPeer ? [`${most} attempts for ${peer} within ten minutes`] : [];
  });
  return [...single, ...overlaps, ...crowds];
}

/** Of times in order: the most within any stretch of that length. */
export function peakWithin(times: readonly number[], lengthMs: number): number {
  let most = 0;
  let first = 0;
  for (const [index, at] of times.entries()) {
    while ((times[first] ?? at) + lengthMs <= at) first += 1;
    most = Math.max(most, index - first + 1);
  }
  return most;
}

function birthdayAttempts(peer: string, packets: readonly CapturedPacket[]): readonly BirthdayAttempt[] {
  const pairs = new Set<string>();
  const fresh = packets.filter(({ destination, sourcePort, destinationPort }) => {
    const pair = `${destination} ${sourcePort} ${destinationPort}`;
    return !pairs.has(pair) && pairs.add(pair).size > 0;
  });
  return runsOf(fresh).flatMap((run) => {
    const begin = run.findIndex((packet, index) => {
      const last = run[index + DENSE.packets - 1];
      return last !== undefined && last.atMs - packet.atMs <= DENSE.withinMs;
    });
    const dense = begin === -1 ? [] : run.slice(begin);
    const [first, last] = [dense[0], dense.at(-1)];
    if (dense.length < FEWEST_PAIRS || first === undefined || last === undefined) return [];
    const meanwhile = packets.filter(({ atMs }) => atMs >= first.atMs && atMs <= last.atMs);
    return {
      peer,
      startedAtMs: first.atMs,
      endedAtMs: last.atMs,
      packets: meanwhile.length,
      sourcePorts: new Set(meanwhile.map(({ sourcePort }) => sourcePort)).size,
      destinationPorts: new Set(meanwhile.map(({ destinationPort }) => destinationPort)).size,
    };
  });
}

function runsOf(packets: readonly CapturedPacket[]): readonly (readonly CapturedPacket[])[] {
  const runs: CapturedPacket[][] = [];
  for (const packet of packets) {
    const run = runs.at(-1);
    const before = run?.at(-1);
    if (run !== undefined && before !== undefined && packet.atMs - before.atMs <= PAUSE_MS) run.push(packet);
    else runs.push([packet]);
  }
  return runs;
}
