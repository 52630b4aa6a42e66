// What happened in a world, for people: only written where somebody will read it (a replay, a failure).
import type { Timeline } from "./timeline.ts";

export interface JournalEntry {
  readonly at: number;
  readonly who: string;
  readonly what: string;
}

export class Journal {
  readonly #timeline: Timeline;
  readonly #isKept: boolean;
  readonly entries: JournalEntry[] = [];

  constructor(timeline: Timeline, isKept: boolean) {
    this.#timeline = timeline;
    this.#isKept = isKept;
  }

  note(who: string, what: () => string): void {
    if (this.#isKept) this.entries.push({ at: this.#timeline.now, who, what: what() });
  }
}

/** Seconds, who, and what; the same again is counted. */
export function formatEntries(entries: readonly JournalEntry[]): readonly string[] {
  return entries.map(({ at, who, what }) => `${(at / 1000).toFixed(3).padStart(11)} s  ${who.padEnd(6)} ${what}`);
}
