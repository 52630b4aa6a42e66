import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createIpam, type Holder, isAssignable, REUSE_AFTER_MS } from "../../../src/coordinator/ipam.ts";
import { formatPrefix, parseOverlayPrefix, randomUlaPrefix } from "../../../src/coordinator/prefixes.ts";
import { ipBytes } from "../../../src/protocol/address.ts";
import { contains, type Prefix, toPrefix } from "../../../src/protocol/prefix.ts";

function addressPrefix(ip: string): Prefix {
  return toPrefix(ip) ?? assert.fail();
}

function prefix(text: string, family: 4 | 6) {
  const parsed = parseOverlayPrefix(text, family);
  if ("problem" in parsed) throw new Error(parsed.problem);
  return parsed;
}

const ipv4 = prefix("100.64.0.0/10", 4);
const ipv6 = prefix("fd7a:1:2::/48", 6);

void test("the first nodes get the first addresses, the same place in both families", () => {
  const ipam = createIpam(ipv4, ipv6);
  const first = ipam.allocate([], 0);
  assert.deepEqual(first, { kind: "fresh", index: 1 });
  assert.deepEqual(ipam.addresses(1), ["100.64.0.1", "fd7a:1:2::1"]);
  assert.deepEqual(ipam.addresses(0x1234), ["100.64.18.52", "fd7a:1:2::1234"]);
});

void test("addresses that look like something else are never given", () => {
  const indexOf = (ip: string) => Number(BigInt(`0x${Buffer.from(ipBytes(ip)).toString("hex")}`)) - 0x64400000;
  for (const ip of ["100.64.0.0", "100.64.0.255", "100.64.1.0", "100.100.100.100", "100.115.92.7", "100.127.255.255"]) {
    assert.equal(isAssignable(ipv4, indexOf(ip)), false, ip);
  }
  for (const ip of ["100.64.0.1", "100.64.1.1", "100.127.255.254"])
    assert.equal(isAssignable(ipv4, indexOf(ip)), true, ip);
});

void test("a small mesh fills up, then reuses the address that is free for longest, and not before its time", () => {
  const ipam = createIpam(prefix("10.9.8.0/29", 4), ipv6);
  const holders: Holder[] = [];
  for (let i = 1; i <= 6; i++) {
    const allocation = ipam.allocate(holders, 0);
    assert.deepEqual(allocation, { kind: "fresh", index: i });
    holders.push({ addressIndex: i, removedMs: i === 5 ? 100 : i === 2 ? 200 : null });
  }
  assert.deepEqual(ipam.allocate(holders, REUSE_AFTER_MS + 99), { kind: "full" });
  assert.deepEqual(ipam.allocate(holders, REUSE_AFTER_MS + 500), { kind: "reused", index: 5 });
});

void test("members never share an address, whatever joins and leaves", () => {
  const step = fc.record({ join: fc.boolean(), pick: fc.nat(), wait: fc.nat(REUSE_AFTER_MS) });
  fc.assert(
    fc.property(
      fc.constantFrom("192.168.77.0/28", "100.64.0.0/10", "10.0.0.240/29"),
      fc.array(step, { maxLength: 60 }),
      (text, steps) => {
        const network = prefix(text, 4);
        const ipam = createIpam(network, ipv6);
        let holders: Holder[] = [];
        let now = 0;
        for (const { join, pick, wait } of steps) {
          now += wait;
          const members = holders.filter((holder) => holder.removedMs === null);
          if (!join && members.length > 0) {
            const leaving = members[pick % members.length];
            holders = holders.map((holder) => (holder === leaving ? { ...holder, removedMs: now } : holder));
            continue;
          }
          const allocation = ipam.allocate(holders, now);
          if (allocation.kind === "full") continue;
          const { index } = allocation;
          const holder = holders.find((known) => known.addressIndex === index);
          assert.equal(holder === undefined, allocation.kind === "fresh");
          if (holder !== undefined) assert.ok(holder.removedMs !== null && now - holder.removedMs >= REUSE_AFTER_MS);
          assert.ok(isAssignable(network, index));
          assert.ok(contains(network, addressPrefix(ipam.addresses(index)[0])));
          assert.ok(contains(ipv6, addressPrefix(ipam.addresses(index)[1])));
          holders = [...holders.filter((known) => known !== holder), { addressIndex: index, removedMs: null }];
        }
      },
    ),
  );
});

void test("prefixes are parsed strictly", () => {
  assert.equal(formatPrefix(ipv4), "100.64.0.0/10");
  assert.equal(formatPrefix(randomUlaPrefix((count) => new Uint8Array(count).fill(0xab))), "fdab:abab:abab::/48");
  for (const [text, family] of [
    ["100.64.0.0", 4],
    ["100.64.0.1/10", 4],
    ["100.64.0.0/30", 4],
    ["fd00::/48", 4],
    ["100.64.0.0/10", 6],
    ["fd00::/112", 6],
    ["nonsense", 6],
  ] as const) {
    assert.ok("problem" in parseOverlayPrefix(text, family), text);
  }
});
