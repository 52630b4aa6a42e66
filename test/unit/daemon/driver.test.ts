import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Clock, type Driven, Driver } from "../../../src/daemon/driver.ts";

/** A clock that the test turns. */
class TestClock implements Clock {
  time = 0;
  armed: { readonly at: number; readonly callback: () => void } | undefined;
  armings = 0;
  now(): number {
    return this.time;
  }
  setTimer(callback: () => void, delayMs: number): unknown {
    this.armings++;
    this.armed = { at: this.time + delayMs, callback };
    return this.armed;
  }
  clearTimer(): void {
    this.armed = undefined;
  }
  advance(to: number): void {
    while (this.armed !== undefined && this.armed.at <= to) {
      const { at, callback } = this.armed;
      this.time = at;
      this.armed = undefined;
      callback();
    }
    this.time = to;
  }
}

class Ticker implements Driven {
  readonly fired: number[] = [];
  drains = 0;
  next: number | undefined;
  readonly #period: number;
  constructor(period: number) {
    this.#period = period;
    this.next = period;
  }
  handleTimeout(now: number): void {
    this.fired.push(now);
    this.next = now + this.#period;
  }
  pollTimeout(): number | undefined {
    return this.next;
  }
  drain(): void {
    this.drains++;
  }
}

describe("driver", () => {
  it("runs each machine at its times with one timer", () => {
    const clock = new TestClock();
    const driver = new Driver(clock);
    const [fast, slow] = [new Ticker(10), new Ticker(25)];
    driver.touch(fast);
    driver.touch(slow);
    clock.advance(50);
    assert.deepEqual(fast.fired, [10, 20, 30, 40, 50]);
    assert.deepEqual(slow.fired, [25, 50]);
    assert.equal(fast.drains, 6);
  });

  it("does not wake for a machine that wants nothing, was removed, or after closing", () => {
    const clock = new TestClock();
    const driver = new Driver(clock);
    const [quiet, removed] = [new Ticker(10), new Ticker(20)];
    quiet.next = undefined;
    driver.touch(quiet);
    assert.equal(clock.armed, undefined);
    driver.touch(removed);
    driver.remove(removed);
    clock.advance(100);
    assert.deepEqual([quiet.fired, removed.fired], [[], []]);
    driver.touch(removed);
    driver.close();
    driver.touch(removed);
    assert.equal(clock.armed, undefined);
  });

  it("wakes earlier when a machine changes its mind, and does not arm anew for nothing", () => {
    const clock = new TestClock();
    const driver = new Driver(clock);
    const machine = new Ticker(100);
    driver.touch(machine);
    driver.touch(machine);
    assert.equal(clock.armings, 1);
    machine.next = 5;
    driver.touch(machine);
    clock.advance(5);
    assert.deepEqual(machine.fired, [5]);
  });
});
