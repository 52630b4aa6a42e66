// The monotonic clock stands still while a host sleeps (CLOCK_MONOTONIC), the time since its boot goes on (CLOCK_BOOTTIME).

/** Rounding of the kernel's tables and a slow tick stay below. */
const SLEPT_MS = 2000;

export class SleepDetector {
  #sleptMs: number;

  constructor(monotonicMs: number, bootMs: number) {
    this.#sleptMs = bootMs - monotonicMs;
  }

  /** True if the host slept since the last tick. */
  handleTick(monotonicMs: number, bootMs: number): boolean {
    const sleptMs = bootMs - monotonicMs;
    const slept = sleptMs - this.#sleptMs > SLEPT_MS;
    // Compared with the last tick: clocks that drift apart slowly are no sleep.
    this.#sleptMs = sleptMs;
    return slept;
  }
}
