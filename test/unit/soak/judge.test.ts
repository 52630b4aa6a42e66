// The verdict on made-up runs: growth is found, and nothing else is taken for growth.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { judge } from "../../soak/judge.ts";
import { parseRecord } from "../../soak/record.ts";
import { recordOf } from "./records.ts";

const growing = (behaviours: Parameters<typeof recordOf>[0], seed?: number): readonly string[] =>
  judge(recordOf(behaviours, seed)).growing.map(({ process, metric }) => `${process}: ${metric}`);

describe("the verdict on a soak run", () => {
  it("finds the process that leaks memory, and the one that leaks descriptors", () => {
    const behaviours = { well: {}, leaky: { leak: 4 }, careless: { descriptorsAnHour: 8 } };
    assert.deepEqual(growing(behaviours), ["leaky: resident memory", "careless: descriptors"]);
  });

  it("finds nothing in runs without growth", () => {
    for (let seed = 1; seed <= 3; seed += 1)
      assert.deepEqual(growing({ a: {}, b: {}, c: {} }, seed), [], `seed ${seed}`);
  });

  it("leaves out the warm-up", () => {
    assert.deepEqual(growing({ slow: { warmsUpBy: 30 } }), []);
    const whole = { ...recordOf({ slow: { warmsUpBy: 30 } }), warmUpSeconds: 0 };
    assert.notEqual(judge(whole).rows[0]?.start, judge(recordOf({ slow: { warmsUpBy: 30 } })).rows[0]?.start);
  });

  it("takes what fills up, and levels off after the warm-up, for no leak", () => {
    assert.deepEqual(growing({ cache: { warmsUpBy: 30, warmsUpIn: 300 } }), []);
    assert.deepEqual(growing({ both: { warmsUpBy: 10, warmsUpIn: 300, leak: 12 } }), ["both: resident memory"]);
  });

  it("lets pass what grows too little to matter", () => {
    const { rows, growing: failing } = judge(recordOf({ well: { creep: 0.06 } }));
    const [creeping] = rows.filter(({ metric }) => metric === "anonymous memory");
    assert.deepEqual([creeping?.grows, creeping?.material], [true, false]);
    assert.deepEqual(failing, []);
  });

  it("judges only what lived from the warm-up to the end", () => {
    assert.deepEqual(judge(recordOf({ reborn: { leak: 50, restartsAt: 1800 } })).rows, []);
    assert.equal(judge(recordOf({ early: { restartsAt: 300 } })).rows.length, 8);
  });

  it("reads only records of its own version", () => {
    assert.deepEqual(parseRecord(JSON.stringify(recordOf({ a: {} }))).version, 1);
    assert.throws(() => parseRecord("{}"), /no record/);
    assert.throws(() => parseRecord("[]"), /no record/);
  });
});
