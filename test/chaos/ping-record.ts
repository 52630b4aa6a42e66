// What `ping -n -D` printed, judged: when answers came back for good, and which packets never got one. Pure.

interface Reply {
  readonly sequence: number;
  /** Unix ms. */
  readonly sentAt: number;
  readonly receivedAt: number;
}

export interface PingRecord {
  /** In the order in which they came, each packet once. */
  readonly replies: readonly Reply[];
  /** Answers to packets that had one. */
  readonly duplicates: number;
}

export interface Verdict {
  /** From the end of the fault until answers came without a pause again; 0 where they were not away. Undefined: they are still away. */
  readonly recoveryMs: number | undefined;
  /** Without an answer though sent before the fault, or after traffic was back. */
  readonly lost: number;
  /** Without an answer, sent between. */
  readonly lostInFlight: number;
  /** The longest time without an answer since the fault began. */
  readonly silenceMs: number;
}

/** Answers that are further apart are a pause: ten are missing, or the machine was busy. */
export const PAUSE_MS = 200;
/** One that was sent that shortly before may have been on its way. */
const ON_THE_WAY_MS = 150;

export function parsePings(output: string): PingRecord {
  const replies: Reply[] = [];
  const seen = new Set<number>();
  let duplicates = 0;
  for (const [, unix, number, rtt] of output.matchAll(/^\[([\d.]+)\] .*icmp_seq=(\d+) ttl=\d+ time=([\d.]+) ms/gm)) {
    const sequence = Number(number);
    const receivedAt = Number(unix) * 1000;
    if (seen.has(sequence)) duplicates += 1;
    else replies.push({ sequence, sentAt: receivedAt - Number(rtt), receivedAt });
    seen.add(sequence);
  }
  return { replies, duplicates };
}

/**
 * @param fault Unix ms; "seenUntil" is when the record ends. What is lost within `limitMs` of the fault's end is a part of the outage: traffic
 * is back when nothing more gets lost.
 */
export function judgePings(
  { replies }: PingRecord,
  fault: { readonly began: number; readonly ended: number },
  seenUntil: number,
  limitMs: number,
): Verdict {
  const times = [...replies.map(({ receivedAt }) => receivedAt), seenUntil];
  let silenceMs = 0;
  let answeredAgainAt = fault.began;
  for (const [index, time] of times.entries()) {
    const before = times[index - 1] ?? fault.began;
    if (time <= fault.began) continue;
    const pause = time - Math.max(before, fault.began - PAUSE_MS);
    silenceMs = Math.max(silenceMs, pause);
    if (pause > PAUSE_MS) answeredAgainAt = time;
  }
  const unanswered = unansweredTimes(replies);
  const isExcused = (sentAt: number) =>
    sentAt > fault.began - ON_THE_WAY_MS && sentAt < Math.max(answeredAgainAt, fault.ended + limitMs);
  const excused = unanswered.filter(isExcused);
  const backAt = Math.max(answeredAgainAt, ...excused.filter((sentAt) => sentAt > fault.began));
  return {
    recoveryMs: answeredAgainAt < seenUntil ? Math.max(0, backAt - fault.ended) : undefined,
    lost: unanswered.length - excused.length,
    lostInFlight: excused.length,
    silenceMs,
  };
}

/** When those were sent that have no answer though a later one has. */
function unansweredTimes(replies: readonly Reply[]): readonly number[] {
  const inOrder = replies.toSorted((a, b) => a.sequence - b.sequence);
  return inOrder.flatMap((after, index) => {
    const before = inOrder[index - 1];
    if (before === undefined) return [];
    const missing = after.sequence - before.sequence - 1;
    const step = (after.sentAt - before.sentAt) / (missing + 1);
    return Array.from({ length: missing }, (_, number) => before.sentAt + step * (number + 1));
  });
}
