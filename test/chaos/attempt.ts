// One try of a fault, under traffic, and what became of that.
import { setTimeout as sleep } from "node:timers/promises";
import { PAUSE_MS, judgePings } from "./ping-record.ts";
import { PING_INTERVAL_MS, type Pings, type Traffic } from "./traffic.ts";
import type { World } from "./world.ts";

export interface Attempt {
  /** From the fault's end until traffic was back, on the pair that took longest. */
  readonly recoveryMs: number;
  /** Of the pings beyond those on their way. */
  readonly lost: number;
  readonly problems: readonly string[];
}

export interface Expectation {
  /** Traffic does not notice at all. */
  readonly undisturbed?: boolean;
  /** Of a hundred packets, what the network itself loses on the way there and back while the fault goes on. */
  readonly lossPercent?: number;
  /** Other than the usual. */
  readonly recoveryLimitMs?: number;
}

/** Calls `ended` when the fault is over, which may be before it has seen to all its consequences. Problems are what it found itself. */
export type Injection = (ended: () => void) => Promise<readonly string[]>;

export const RECOVERY_LIMIT_MS = 3000;
/** That long answers have to come before traffic counts as back. */
const STEADY_MS = 700;
const GIVE_UP_MS = 20_000;
const POLL_MS = 50;
/** An engine that is not scheduled at once on a machine with few cores. */
const UNDISTURBED_MS = 400;
const ANSWER_MS = 3000;
/** TCP doubles its timeout while nothing comes: after an outage it may wait for as long again. */
const TCP_BACKOFF = 1.6;
const TCP_MS = 3000;

export async function underTraffic(world: World, expected: Expectation, inject: Injection): Promise<Attempt> {
  const watched = world.traffic.map((traffic) => ({ traffic, pings: traffic.startPings() }));
  try {
    await Promise.all(watched.map(({ pings }) => pings.firstAnswer(GIVE_UP_MS)));
    await sleep(PAUSE_MS);
    const began = Date.now();
    let ended: number | undefined;
    const problems = [
      ...(await inject(() => {
        ended = Date.now();
      })),
    ];
    const fault = { began, ended: ended ?? Date.now() };
    const outcomes = await Promise.all(watched.map((each) => judge(each.traffic, each.pings, fault, expected)));
    return {
      recoveryMs: Math.max(...outcomes.map(({ recoveryMs }) => recoveryMs)),
      lost: outcomes.reduce((sum, { lost }) => sum + lost, 0),
      problems: [...problems, ...outcomes.flatMap((outcome) => outcome.problems)],
    };
  } finally {
    for (const { pings } of watched) pings[Symbol.dispose]();
  }
}

async function judge(
  traffic: Traffic,
  pings: Pings,
  fault: { readonly began: number; readonly ended: number },
  expected: Expectation,
): Promise<Attempt> {
  await untilSteady(pings, fault.ended);
  const { name } = traffic;
  const problems: string[] = [];
  const transfer = traffic.problemOfTransfer(TCP_MS + TCP_BACKOFF * (Date.now() - fault.began));
  for (const problem of [await transfer, await traffic.problemOfIdleConnection(ANSWER_MS)]) {
    if (problem !== undefined) problems.push(problem);
  }
  const { record } = pings;
  const limit = expected.recoveryLimitMs ?? RECOVERY_LIMIT_MS;
  const verdict = judgePings(record, fault, Date.now(), limit);
  if (verdict.recoveryMs === undefined) problems.push(`no answers ${name} any more`);
  else if (verdict.recoveryMs > limit) problems.push(`${name} was back only after ${seconds(verdict.recoveryMs)}`);
  if (verdict.lost > 0)
    problems.push(`${name}: ${verdict.lost} pings were lost outside of the fault ${fault.began}-${fault.ended}`);
  if (record.duplicates > 0) problems.push(`${name}: ${record.duplicates} answers came twice`);
  if (expected.undisturbed === true) {
    if (verdict.silenceMs > UNDISTURBED_MS) problems.push(`${name}: silence of ${seconds(verdict.silenceMs)}`);
    if (verdict.lostInFlight > 0) problems.push(`${name}: ${verdict.lostInFlight} pings were lost`);
  }
  if (expected.lossPercent !== undefined) {
    const sent = (fault.ended - fault.began) / PING_INTERVAL_MS;
    // Chance: four standard deviations.
    const most = (sent * expected.lossPercent) / 100 + 4 * Math.sqrt((sent * expected.lossPercent) / 100) + 1;
    if (verdict.lostInFlight > most) problems.push(`${name}: ${verdict.lostInFlight} of ${sent.toFixed(0)} pings lost`);
  }
  if (problems.length > 0) pings.keep(traffic.from.host.directory);
  return { recoveryMs: verdict.recoveryMs ?? Date.now() - fault.ended, lost: verdict.lost, problems };
}

async function untilSteady(pings: Pings, ended: number): Promise<void> {
  const giveUpAt = Date.now() + GIVE_UP_MS;
  while (Date.now() < giveUpAt) {
    const now = Date.now();
    const { recoveryMs } = judgePings(pings.record, { began: ended, ended }, now, RECOVERY_LIMIT_MS);
    const last = pings.record.replies.at(-1)?.receivedAt ?? 0;
    if (recoveryMs !== undefined && now - last < PAUSE_MS && now - ended - recoveryMs > STEADY_MS) return;
    await sleep(POLL_MS);
  }
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}
