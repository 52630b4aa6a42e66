// A clock that the test turns, with one timer: enough for one driver.
import type { Clock } from "../../../src/daemon/driver.ts";

export class TestClock implements Clock {
  /** How often the timer was set. */
  armings = 0;
  #now = 0;
  #timer: { readonly at: number; readonly callback: () => void } | undefined;

  get isArmed(): boolean {
    return this.#timer !== undefined;
  }

  now(): number {
    return this.#now;
  }

  setTimer(callback: () => void, delayMs: number): unknown {
    this.armings += 1;
    this.#timer = { at: this.#now + delayMs, callback };
    return this.#timer;
  }

  clearTimer(timer: unknown): void {
    if (timer === this.#timer) this.#timer = undefined;
  }

  advanceTo(end: number): void {
    for (let due = this.#timer; due !== undefined && due.at <= end; due = this.#timer) {
      this.#timer = undefined;
      this.#now = due.at;
      due.callback();
    }
    this.#now = end;
  }
}
