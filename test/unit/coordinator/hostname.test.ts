import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isDnsLabel, toDnsLabel, uniqueName } from "../../../src/coordinator/hostname.ts";

void test("any wish becomes one DNS label", () => {
  assert.equal(toDnsLabel("laptop"), "laptop");
  assert.equal(toDnsLabel("Ann's MacBook Pro.local"), "anns-macbook-pro");
  assert.equal(toDnsLabel("Büro_PC"), "buro-pc");
  assert.equal(toDnsLabel("localhost"), "node-localhost");
  assert.equal(toDnsLabel("10"), "node-10");
  assert.equal(toDnsLabel("日本"), "node");
  assert.equal(toDnsLabel(""), "node");
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 100 }), (wish) => {
      const label = toDnsLabel(wish);
      assert.match(label, /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/);
      assert.ok(isDnsLabel(label));
    }),
  );
});

void test("names stay unique and valid", () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom("laptop", "laptop-1", "a".repeat(63), "b-".repeat(31) + "b"), { maxLength: 40 }),
      (labels) => {
        const names = new Set<string>();
        for (const label of labels) {
          const name = uniqueName(label, (taken) => names.has(taken));
          assert.ok(!names.has(name));
          assert.match(name, /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/);
          names.add(name);
        }
      },
    ),
  );
  const taken = new Set(["laptop", "laptop-1"]);
  assert.equal(
    uniqueName("laptop", (name) => taken.has(name)),
    "laptop-2",
  );
});
