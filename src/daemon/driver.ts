// Runs the sans-I/O machines: one timer for all of them, armed at the earliest time that any of them wants, and after everything that
// happens to a machine its events and transmissions are carried out.
import type { Milliseconds } from "../protocol/units.ts";

/** A machine together with what carries out its wishes. */
export interface Driven {
  handleTimeout(now: Milliseconds): void;
  pollTimeout(): Milliseconds | undefined;
  /** Takes all events and transmissions. */
  drain(now: Milliseconds): void;
}

/** The machine, and what is done after everything that happens to it. */
export function driven(machine: Omit<Driven, "drain">, drain: (now: Milliseconds) => void): Driven {
  return {
    handleTimeout: (now) => machine.handleTimeout(now),
    pollTimeout: () => machine.pollTimeout(),
    drain,
  };
}

export interface Clock {
  /** Monotonic. */
  now(): Milliseconds;
  setTimer(callback: () => void, delayMs: Milliseconds): unknown;
  clearTimer(timer: unknown): void;
}

export const SYSTEM_CLOCK: Clock = {
  now: () => performance.now(),
  setTimer: (callback, delayMs) => setTimeout(callback, delayMs),
  clearTimer: (timer) => {
    clearTimeout(timer as NodeJS.Timeout);
  },
};

export class Driver {
  readonly #clock: Clock;
  readonly #deadlines = new Map<Driven, Milliseconds>();
  #timer: unknown;
  #armedFor: Milliseconds = Infinity;
  #closed = false;

  constructor(clock: Clock = SYSTEM_CLOCK) {
    this.#clock = clock;
  }

  now(): Milliseconds {
    return this.#clock.now();
  }

  /** Something happened to the machine (a `handle…` was called, or it is new). */
  touch(machine: Driven): void {
    if (this.#closed) return;
    machine.drain(this.now());
    this.#note(machine);
    this.#arm();
  }

  remove(machine: Driven): void {
    this.#deadlines.delete(machine);
  }

  close(): void {
    this.#closed = true;
    this.#deadlines.clear();
    this.#clock.clearTimer(this.#timer);
  }

  #note(machine: Driven): void {
    const deadline = machine.pollTimeout();
    if (deadline === undefined) this.#deadlines.delete(machine);
    else this.#deadlines.set(machine, deadline);
  }

  #arm(): void {
    let earliest = Infinity;
    for (const deadline of this.#deadlines.values()) earliest = Math.min(earliest, deadline);
    if (earliest === this.#armedFor && this.#timer !== undefined) return;
    this.#clock.clearTimer(this.#timer);
    this.#timer = undefined;
    this.#armedFor = earliest;
    if (earliest === Infinity) return;
    // Node's timers may fire a millisecond early by this clock: rounding up saves a second wake-up.
    const delayMs = Math.max(0, Math.ceil(earliest - this.now()));
    this.#timer = this.#clock.setTimer(() => {
      this.#timer = undefined;
      this.#fire();
    }, delayMs);
  }

  #fire(): void {
    if (this.#closed) return;
    const now = this.now();
    for (const [machine, deadline] of [...this.#deadlines]) {
      if (deadline > now) continue;
      machine.handleTimeout(now);
      machine.drain(now);
      this.#note(machine);
    }
    this.#arm();
  }
}
