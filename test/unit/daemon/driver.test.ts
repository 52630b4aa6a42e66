import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Driven, Driver } from "../../../src/daemon/driver.ts";
import { TestClock } from "./test-clock.ts";

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
    clock.advanceTo(50);
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
    assert.equal(clock.isArmed, false);
    driver.touch(removed);
    driver.remove(removed);
    clock.advanceTo(100);
    assert.deepEqual([quiet.fired, removed.fired], [[], []]);
    driver.touch(removed);
    driver.close();
    driver.touch(removed);
    assert.equal(clock.isArmed, false);
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
    clock.advanceTo(5);
    assert.deepEqual(machine.fired, [5]);
  });
});
