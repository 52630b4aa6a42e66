// Every parser of foreign bytes for a moment: what once broke something, and some hundred guided inputs. `npm run fuzz` runs for hours.
import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { FuzzThread } from "../../fuzz/fuzz-thread.ts";
import { complaint, Fuzzer } from "../../fuzz/fuzzer.ts";
import { mutate } from "../../fuzz/mutator.ts";
import { regressionFolders, regressionsOf } from "../../fuzz/regressions.ts";
import { removeScratch } from "../../fuzz/scratch.ts";
import { loadTarget, PLANTED, TARGET_NAMES } from "../../fuzz/targets/index.ts";
import { seededRandom } from "../../sim/random.ts";

const INPUTS = 250;
const MAX_MILLISECONDS = 5000;
const SHARE = { seed: 1, milliseconds: MAX_MILLISECONDS, inputs: INPUTS, guided: true, keep: false };

describe("parsers of foreign bytes", () => {
  const thread = new FuzzThread();
  after(() => {
    thread[Symbol.dispose]();
    removeScratch();
  });

  it("no parser throws, stalls or breaks its word, whatever comes", async (t) => {
    for (const name of TARGET_NAMES) {
      await t.test(name, async () => {
        const target = await loadTarget(name);
        assert.ok(target?.name === name);
        for (const { file, input } of regressionsOf("typescript", name)) {
          assert.equal(await complaint(target, input), undefined, file);
        }
        const { problem, edges } = await thread.run(name, SHARE);
        assert.equal(problem?.message, undefined);
        assert.ok(edges > 0, "nothing of it is instrumented");
        await target.close?.();
      });
    }
  });

  it("the same seed tries the same inputs", async () => {
    const runs = [await thread.run("addresses", SHARE), await thread.run("addresses", SHARE)];
    assert.deepEqual([runs[1]?.edges, runs[1]?.corpus], [runs[0]?.edges, runs[0]?.corpus]);
  });

  it("a planted bug is found by guidance", async () => {
    // Some ten thousand inputs as a rule; without guidance it is not found in millions.
    const found: (string | undefined)[] = [];
    for (let seed = 1; seed <= 5 && found.at(-1) === undefined; seed++) {
      const share = { ...SHARE, seed, milliseconds: 20_000, inputs: 100_000 };
      found.push((await thread.run(PLANTED, share)).problem?.message);
    }
    assert.match(found.at(-1) ?? "", /planted/);
  });
});

describe("the fuzzer", () => {
  it("keeps inputs of a folder only for targets that there are", () => {
    for (const folder of regressionFolders("typescript")) assert.ok(TARGET_NAMES.includes(folder), folder);
  });

  it("makes inputs within bounds, the same ones from the same seed", () => {
    const parent = Uint8Array.from({ length: 40 }, (_, i) => i);
    const words = { constant: ["word"], wanted: [["a", "other"] as const, [3, 70_000] as const, [0.5, -1] as const] };
    const inputs = (seed: number): readonly string[] => {
      const random = seededRandom(seed);
      return Array.from({ length: 2000 }, () => Buffer.from(mutate(random, parent, parent, words, 64)).toString("hex"));
    };
    assert.deepEqual(inputs(1), inputs(1));
    assert.notDeepEqual(inputs(1), inputs(2));
    assert.ok(inputs(1).every((hex) => hex.length <= 128));
    assert.deepEqual(
      parent,
      Uint8Array.from({ length: 40 }, (_, i) => i),
      "the parent is left alone",
    );
  });

  it("tells what is slow, thrown or rejected", async () => {
    const target = (run: () => void | Promise<void>) => ({ name: "x", maxBytes: 1, seeds: () => [], run });
    const input = new Uint8Array();
    assert.match(
      (await complaint(
        target(() => Promise.reject(new RangeError("no"))),
        input,
      )) ?? "",
      /RangeError: no/,
    );
    const busy = (): void => {
      const before = process.threadCpuUsage();
      while (process.threadCpuUsage(before).user < 300_000);
    };
    assert.match((await complaint(target(busy), input)) ?? "", /takes \d+ ms/);
  });

  it("keeps what reaches something new", async () => {
    const coverage = {
      counts: new Uint8Array(8),
      hit: [] as number[],
      edgeSlots: 8,
      files: [],
      wanted: new Map<number, readonly [number, number]>(),
    };
    const target = {
      name: "x",
      maxBytes: 1,
      seeds: () => [Uint8Array.of(0), Uint8Array.of(0), Uint8Array.of(3)],
      run(bytes: Uint8Array): void {
        const slot = (bytes[0] ?? 0) % 8;
        coverage.counts[slot] = 1;
        coverage.hit.push(slot);
      },
    };
    const fuzzer = new Fuzzer({ target, coverage, seed: 1, guided: true });
    for (let i = 0; i < 500; i++) assert.equal(await fuzzer.step(), undefined);
    assert.equal(fuzzer.figures.edges, 8);
    assert.ok(fuzzer.figures.corpus <= 12);
  });
});
