import assert from "node:assert/strict";
import { test } from "node:test";
import { Boot } from "../../../src/paths/index.ts";
import { nodeKeyFromBytes } from "../../../src/protocol/index.ts";

const key = (number: number) =>
  nodeKeyFromBytes(Uint8Array.from({ length: 32 }, (_, at) => (number >> (8 * (at % 4))) & 0xff));

test("a peer that was forgotten and returns sees counters that it has not seen, whoever came meanwhile", () => {
  const boot = new Boot((length) => new Uint8Array(length));
  const seen = Array.from({ length: 10 }, () => boot.nextCounter(key(1)));
  assert.deepEqual(seen, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  boot.forget(key(1));
  for (let number = 2; number < 100; number += 1) {
    boot.nextCounter(key(number));
    boot.forget(key(number));
  }
  assert.ok(boot.nextCounter(key(1)) > 10);
});

test("peers that are gone for good leave nothing behind", () => {
  const boot = new Boot((length) => new Uint8Array(length));
  for (let number = 0; number < 5000; number += 1) {
    boot.nextCounter(key(number));
    boot.forget(key(number));
  }
  assert.equal(boot.peers, 0);
});
