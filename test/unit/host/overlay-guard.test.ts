import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { guardRules } from "../../../src/host/overlay-guard.ts";

describe("the guard of the overlay's addresses", () => {
  const rules = guardRules("meshd0", ["100.64.0.0/10", "fd7a:1::/48"]);

  it("drops, in both families, what would be answered through the device but did not come from it", () => {
    assert.deepEqual(
      rules.split("\n").filter((line) => line.includes("drop")),
      [
        '    ip saddr 100.64.0.0/10 iifname != "meshd0" fib saddr oifname "meshd0" drop',
        '    ip6 saddr fd7a:1::/48 iifname != "meshd0" fib saddr oifname "meshd0" drop',
      ],
    );
  });

  it("takes the place of an earlier one, in one transaction", () => {
    assert.match(rules, /^table inet meshd-meshd0\ndelete table inet meshd-meshd0\ntable inet meshd-meshd0 \{$/m);
  });
});
