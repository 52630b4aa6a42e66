// What a daemon leaves behind of nodes that it took apart: nothing. A guest that comes and goes for months would drown in it.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { pino } from "pino";
import { Daemon } from "../../../src/daemon/daemon.ts";
import type { Surroundings } from "../../../src/daemon/surroundings.ts";
import { FakeNodeEngine } from "../../../src/engine/fake.ts";
import { sodiumReady } from "../../../src/identity/index.ts";
import { FakeControl, fakeWorld, TestMesh } from "./fakes.ts";

const CYCLES = 20;

before(sodiumReady);

/** As the fakes have it, but of engines and control channels only the latest is held. */
class Tracked {
  readonly #refs: WeakRef<object>[] = [];
  #control: FakeControl | undefined;

  readonly surroundings: Surroundings = {
    ...fakeWorld().surroundings,
    openEngine: (options, onEvents) => this.#track(new FakeNodeEngine(options, onEvents)),
    startControl: (options) => {
      this.#control = new FakeControl(options);
      return this.#track(this.#control);
    },
  };

  async control(): Promise<FakeControl> {
    while (this.#control === undefined || this.#control.closed) await sleep(1);
    return this.#control;
  }

  alive(): number {
    return this.#refs.filter((ref) => ref.deref() !== undefined).length;
  }

  get made(): number {
    return this.#refs.length;
  }

  #track<Thing extends object>(thing: Thing): Thing {
    this.#refs.push(new WeakRef(thing));
    return thing;
  }
}

for (const end of ["down", "logout"] as const) {
  it(`a node is garbage after ${end}`, async () => {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    const stateDir = mkdtempSync(join(tmpdir(), "meshd-leaks-"));
    const tracked = new Tracked();
    const mesh = new TestMesh();
    const log = pino({ level: "silent" });
    const daemon = await Daemon.load({ stateDir, version: "1", log, surroundings: tracked.surroundings });
    for (let cycle = 0; cycle < CYCLES; cycle += 1) {
      const done = daemon.up({ authKey: mesh.authKey }, () => undefined);
      const control = await tracked.control();
      control.accept(mesh, [mesh.peer("nas", "100.64.0.2").entry]);
      await done;
      await daemon[end]();
    }
    assert.equal(tracked.made, 2 * CYCLES);
    for (let round = 0; round < 3; round += 1) {
      await sleep(20);
      collect();
    }
    // The last ones may still be on somebody's stack.
    assert.ok(tracked.alive() <= 4, `${String(tracked.alive())} of ${String(tracked.made)} are still held`);
    await daemon.stop();
    rmSync(stateDir, { recursive: true });
  });
}
