import assert from "node:assert/strict";
import { isIP, isIPv6 } from "node:net";
import { describe, it } from "node:test";

import fc from "fast-check";

import {
  formatIp,
  formatSocketAddress,
  ipBytes,
  parseCidr,
  parseHostPort,
  parseIp,
  parseSocketAddress,
  splitSocketAddress,
  unmapIpv4,
} from "../../../src/protocol/index.ts";

describe("socket addresses", () => {
  it("have one spelling", () => {
    assert.equal(parseSocketAddress("203.0.113.7:41641"), "203.0.113.7:41641");
    assert.equal(parseSocketAddress("[2001:DB8:0:0:0:0:0:7]:1"), "[2001:db8::7]:1");
    assert.equal(parseSocketAddress("[::]:65535"), "[::]:65535");
    assert.equal(formatSocketAddress("::ffff:192.0.2.1", 9), "192.0.2.1:9");
  });

  it("are refused when anything is off", () => {
    const wrong = [
      ...[
        "",
        ":",
        "1.2.3.4",
        "1.2.3.4:",
        "1.2.3.4:0",
        "1.2.3.4:65536",
        "1.2.3.4:08",
        "1.2.3.4:1e3",
        " 1.2.3.4:1",
        "1.2.3:1",
      ],
      ...[
        "1.2.3.256:1",
        "01.2.3.4:1",
        "::1:80",
        "[::1]",
        "[::1]:",
        "[1.2.3.4]:5",
        "[fe80::1%eth0]:5",
        "[::ffff:1.2.3.4]:5",
      ],
      ...["[::1]:80 ", "[[::1]]:80", "host:80", `[${"0".repeat(80)}::1]:80`],
    ];
    for (const text of wrong) assert.equal(parseSocketAddress(text), undefined, text);
    assert.throws(() => formatSocketAddress("1.2.3.4", 0), RangeError);
    assert.throws(() => formatSocketAddress("nonsense", 1), RangeError);
  });

  it("split into what they were made of", () => {
    const ips = fc.oneof(fc.ipV4(), fc.ipV6()).filter((ip) => parseIp(ip) !== undefined);
    fc.assert(
      fc.property(ips, fc.integer({ min: 1, max: 65535 }), (ip, port) => {
        const address = formatSocketAddress(ip, port);
        assert.equal(parseSocketAddress(address), address);
        const parts = splitSocketAddress(address);
        assert.deepEqual(ipBytes(parts.ip), ipBytes(ip));
        assert.equal(parts.port, port);
        assert.equal(parts.family, isIPv6(ip) ? 6 : 4);
      }),
    );
  });
});

describe("IP addresses", () => {
  it("are printed as RFC 5952 says", () => {
    const cases = {
      "2001:0db8::0001": "2001:db8::1",
      "2001:db8:0:1:1:1:1:1": "2001:db8:0:1:1:1:1:1",
      "2001:0:0:1:0:0:0:1": "2001:0:0:1::1",
      "2001:db8:0:0:1:0:0:1": "2001:db8::1:0:0:1",
      "0:0:0:0:0:0:0:0": "::",
      "1::": "1::",
    };
    for (const [text, canonical] of Object.entries(cases)) assert.equal(parseIp(text), canonical);
    assert.equal(unmapIpv4("::ffff:c000:201"), "192.0.2.1");
    assert.equal(unmapIpv4("2001:db8::1"), "2001:db8::1");
  });

  it("are exactly those that the system takes", () => {
    const pieces = fc.array(fc.constantFrom("::", ":", "1", "0", "ffff", "abcde", "1.2.3.4", "256", ".", "g", "%1"), {
      maxLength: 12,
    });
    const texts = fc.oneof(
      pieces.map((parts) => parts.join("")),
      fc.ipV4(),
      fc.ipV6(),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const system = isIP(text) !== 0 && !text.includes("%");
        const mapped = unmapIpv4(text) !== text;
        assert.equal(parseIp(text) !== undefined || mapped, system, text);
      }),
      { numRuns: 5000 },
    );
  });

  it("survive bytes and text", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
        assert.ok(isIPv6(formatIp(bytes)));
        assert.deepEqual(ipBytes(formatIp(bytes)), bytes);
      }),
    );
  });

  it("make prefixes without host bits only", () => {
    assert.equal(parseCidr("100.64.0.0/10"), "100.64.0.0/10");
    assert.equal(parseCidr("0.0.0.0/0"), "0.0.0.0/0");
    assert.equal(parseCidr("FD7A:1::/48"), "fd7a:1::/48");
    assert.equal(parseCidr("192.0.2.1/32"), "192.0.2.1/32");
    for (const text of ["100.64.0.1/10", "10.0.0.0/33", "10.0.0.0", "10.0.0.0/", "10.0.0.0/08", "::1/64", "x/1"]) {
      assert.equal(parseCidr(text), undefined, text);
    }
  });
});

describe("host:port", () => {
  it("takes names and both kinds of addresses", () => {
    assert.deepEqual(parseHostPort("Coordinator.Example:443"), { host: "coordinator.example", port: 443 });
    assert.deepEqual(parseHostPort("[2001:db8::1]:443"), { host: "2001:db8::1", port: 443 });
    assert.deepEqual(parseHostPort("192.0.2.1:1"), { host: "192.0.2.1", port: 1 });
    for (const text of [
      "host",
      "host:",
      "1.2.3:4",
      "a..b:1",
      "-a:1",
      "a/b:1",
      "2001:db8::1:443",
      "[host]:1",
      `${"a".repeat(64)}:1`,
    ]) {
      assert.equal(parseHostPort(text), undefined, text);
    }
  });
});
