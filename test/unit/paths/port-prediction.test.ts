import assert from "node:assert/strict";
import { test } from "node:test";
import { profileOf } from "../../../src/nat/profile.ts";
import { predictBetween } from "../../../src/paths/port-prediction.ts";
import { formatSocketAddress, type SocketAddress } from "../../../src/protocol/index.ts";

const at = (port: number, ip = "198.51.100.7"): SocketAddress => formatSocketAddress(ip, port);

test("what lies between two mappings, counted up or down", () => {
  assert.deepEqual(predictBetween(at(4000), at(4003)), [at(4001), at(4002)]);
  assert.deepEqual(predictBetween(at(4003), at(4000)), [at(4002), at(4001)]);
  assert.equal(predictBetween(at(4000), at(4017))?.length, 16);
});

test("no prediction where the two say nothing about what is between them", () => {
  assert.equal(predictBetween(at(4000), at(4018)), undefined);
  assert.equal(predictBetween(at(4000), at(4001)), undefined);
  assert.equal(predictBetween(at(4000), at(4000)), undefined);
  assert.equal(predictBetween(at(4000), at(4003, "198.51.100.8")), undefined);
});

test("a NAT's profile from the answers of several servers", () => {
  const [one, two] = [at(3478, "203.0.113.1"), at(3478, "203.0.113.2")];
  const profile = (first: number, second?: number) => {
    const answers = [
      { server: one, mapped: at(first) },
      ...(second === undefined ? [] : [{ server: two, mapped: at(second) }]),
    ];
    const { mapping, allocation, step } = profileOf(answers, 41641);
    return `${mapping} ${allocation} ${String(step)}`;
  };
  assert.equal(profile(41641, 41641), "endpoint-independent preserving 0");
  assert.equal(profile(5000, 5000), "endpoint-independent unknown 0");
  assert.equal(profile(5000, 5002), "dependent sequential 2");
  assert.equal(profile(5000, 4999), "dependent sequential -1");
  assert.equal(profile(5000, 15_000), "dependent random 0");
  assert.equal(profile(41641, 15_000), "dependent preserving 0");
  assert.equal(profile(5000), "unknown unknown 0");
  assert.equal(profileOf([], 1).mapping, "unknown");
});
