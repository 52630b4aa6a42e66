// What a soak run writes down, and what is read again by --only-report: the contract between running, judging and plotting.

/** Of one process at one moment. */
export interface Sample {
  /** Seconds since the start. */
  readonly at: number;
  readonly pid: number;
  readonly residentMb: number;
  /** Of that, what belongs to no file. */
  readonly anonymousMb: number;
  readonly descriptors: number;
  readonly threads: number;
  /** Times that its threads were woken, since its start. */
  readonly wakeUps: number;
  /** Of its own metrics; absent while it did not answer in time. */
  readonly heapMb?: number;
  readonly externalMb?: number;
  /** Timers, sockets and the like that it waits for. */
  readonly resources?: number;
}

export interface ProcessRecord {
  readonly name: string;
  readonly role: "node" | "coordinator" | "relay";
  readonly samples: readonly Sample[];
}

export interface SoakEvent {
  readonly at: number;
  readonly kind: string;
  readonly text: string;
  /** Absent where it went as it should. */
  readonly problem?: string;
}

export interface LogVolume {
  readonly name: string;
  readonly bytes: number;
  /** Level → lines. */
  readonly lines: Readonly<Record<string, number>>;
  /** Messages of the level that is on by default and above, numbers and names left out, most frequent first. */
  readonly messages: readonly (readonly [text: string, count: number])[];
}

export interface SoakRecord {
  readonly version: 1;
  readonly seed: number;
  /** Of the whole run. */
  readonly seconds: number;
  /** At its beginning, not judged. */
  readonly warmUpSeconds: number;
  readonly processes: readonly ProcessRecord[];
  readonly events: readonly SoakEvent[];
  readonly logs: readonly LogVolume[];
}

/** A quarter of the run, but no less than ten minutes (caches and heaps fill up) where that leaves half of it. */
export function warmUpOf(seconds: number): number {
  return Math.min(seconds / 2, Math.max(seconds / 4, 600));
}

/** Errors: where the text is not a record of this version. */
export function parseRecord(text: string): SoakRecord {
  const value: unknown = JSON.parse(text);
  if (typeof value !== "object" || value === null || !("version" in value) || value.version !== 1) {
    throw new Error("no record of a soak run of this version");
  }
  return value as SoakRecord;
}
