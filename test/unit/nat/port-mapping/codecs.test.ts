import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { EpochWatch } from "../../../../src/nat/port-mapping/epoch.ts";
import { isPublicIp, isReachableExternal } from "../../../../src/nat/port-mapping/external-address.ts";
import {
  parseDescription,
  parseExternalIp,
  parseFault,
  parseReservedPort,
} from "../../../../src/nat/port-mapping/igd.ts";
import { decodeNatPmpResponse, encodeUdpMapRequest } from "../../../../src/nat/port-mapping/nat-pmp-codec.ts";
import { decodePcpResponse, encodeMapRequest } from "../../../../src/nat/port-mapping/pcp-codec.ts";
import { decodeSearchAnswer } from "../../../../src/nat/port-mapping/ssdp.ts";
import { MAX_XML_BYTES } from "../../../../src/nat/port-mapping/xml.ts";
import { formatSocketAddress } from "../../../../src/protocol/index.ts";
import {
  description,
  GATEWAY,
  natPmpAddress,
  natPmpMapping,
  NONCE,
  pcpAnswer,
  soapAnswer,
  soapFault,
  ssdpAnswer,
} from "./fixtures.ts";

const REQUEST = {
  clientIp: "192.168.1.10",
  nonce: NONCE,
  internalPort: 41641,
  suggestedPort: 41641,
  suggestedIp: undefined,
  lifetimeSeconds: 7200,
};

test("a PCP request byte by byte (RFC 6887 §7.1, §11.1)", () => {
  const expected =
    "02010000" +
    "00001c20" +
    "00000000000000000000ffffc0a8010a" + // header: version, MAP, lifetime, client
    "0102030405060708090a0b0c" +
    "11000000" +
    "a2a9a2a9" +
    "00000000000000000000ffff00000000"; // nonce, UDP, ports, no wish
  assert.equal(Buffer.from(encodeMapRequest(REQUEST)).toString("hex"), expected);
  const six = encodeMapRequest({ ...REQUEST, clientIp: "2001:db8::7", suggestedIp: "2001:db8::7" });
  assert.equal(Buffer.from(six.subarray(44)).toString("hex"), "20010db8000000000000000000000007");
});

test("PCP answers: whole, or not at all", () => {
  const answer = pcpAnswer(encodeMapRequest(REQUEST));
  assert.deepEqual(decodePcpResponse(answer), {
    kind: "map",
    result: "SUCCESS",
    lifetimeSeconds: 7200,
    epochSeconds: 1000,
    nonce: Buffer.from(NONCE),
    internalPort: 41641,
    externalPort: 41641,
    externalIp: "203.0.113.7",
  });
  for (let length = 0; length < answer.length; length++) {
    assert.equal(decodePcpResponse(answer.subarray(0, length)), undefined, `cut to ${length}`);
  }
  assert.equal(decodePcpResponse(encodeMapRequest(REQUEST)), undefined, "a request");
  assert.equal(decodePcpResponse(Buffer.concat([answer, Buffer.alloc(1044)])), undefined, "longer than 1100");
  const unknown = decodePcpResponse(pcpAnswer(encodeMapRequest(REQUEST), { result: 200 }));
  assert.equal(unknown?.kind === "map" && unknown.result, "UNKNOWN_RESULT");
});

test("a NAT-PMP request byte by byte, and answers whole or not at all (RFC 6886 §3)", () => {
  assert.equal(Buffer.from(encodeUdpMapRequest(41641, 6000, 7200)).toString("hex"), "00010000a2a9177000001c20");
  assert.deepEqual(decodeNatPmpResponse(natPmpAddress(9)), {
    kind: "address",
    result: "success",
    epochSeconds: 9,
    externalIp: "203.0.113.7",
  });
  const mapping = natPmpMapping(9, 6000);
  assert.equal(decodeNatPmpResponse(mapping)?.kind, "map");
  for (let length = 0; length < mapping.length; length++) {
    assert.equal(decodeNatPmpResponse(mapping.subarray(0, length)), undefined);
  }
  assert.equal(decodeNatPmpResponse(Buffer.concat([mapping, Buffer.alloc(1)])), undefined);
});

test("the epoch's rules at their edges (RFC 6887 §8.5)", () => {
  const restarted = (first: number, afterMs: number, second: number): boolean => {
    const watch = new EpochWatch();
    assert.equal(watch.handleEpoch(first, 0), false, "nothing is known before the first");
    return watch.handleEpoch(second, afterMs);
  };
  assert.equal(restarted(100, 0, 99), false, "answers may overtake each other by a second");
  assert.equal(restarted(100, 0, 98), true);
  assert.equal(restarted(100, 160_000, 252), false, "slower by a sixteenth and two seconds");
  assert.equal(restarted(100, 160_000, 247), true);
  assert.equal(restarted(100, 150_000, 262), false, "faster by a sixteenth and two seconds");
  assert.equal(restarted(100, 150_000, 265), true);
});

test("SSDP: the gateway's own description, or nothing", () => {
  assert.deepEqual(decodeSearchAnswer(ssdpAnswer(), GATEWAY.ip), { port: 5000, path: "/rootDesc.xml" });
  assert.deepEqual(decodeSearchAnswer(ssdpAnswer("http://192.168.1.1/a?b=c"), GATEWAY.ip), {
    port: 80,
    path: "/a?b=c",
  });
  const refused = [
    "http://192.168.1.2:5000/rootDesc.xml",
    "http://192.168.1.1.example.com/",
    "http://user@192.168.1.1/",
    "https://192.168.1.1/",
    "file:///etc/passwd",
    "//192.168.1.1/",
    `http://192.168.1.1/${"a".repeat(256)}`,
    "",
  ];
  for (const location of refused)
    assert.equal(decodeSearchAnswer(ssdpAnswer(location), GATEWAY.ip), undefined, location);
  assert.equal(decodeSearchAnswer(ssdpAnswer(undefined, "MediaServer:1"), GATEWAY.ip), undefined);
  assert.equal(decodeSearchAnswer(Buffer.concat([ssdpAnswer(), Buffer.alloc(2048, 32)]), GATEWAY.ip), undefined);
  assert.equal(decodeSearchAnswer(Buffer.from("NOTIFY * HTTP/1.1\r\n\r\n"), GATEWAY.ip), undefined);
});

const LOCATION = { port: 5000, path: "/desc/root.xml" };
const [IP1, IP2, PPP] = ["WANIPConnection:1", "WANIPConnection:2", "WANPPPConnection:1"].map(
  (name) => `urn:schemas-upnp-org:service:${name}`,
) as [string, string, string];

test("descriptions: WAN connections, the newest first, control URLs of the gateway's own", () => {
  const services = parseDescription(
    description([
      [PPP, "/ppp"],
      [IP1, "ip1"],
      ["urn:schemas-upnp-org:service:Layer3Forwarding:1", "/l3"],
      [IP2, "http://192.168.1.1:49000/ip2"],
      [IP1, "http://192.0.2.1/elsewhere"],
    ]),
    LOCATION,
    GATEWAY.ip,
  );
  assert.deepEqual(services, [
    { type: IP2, control: { port: 49_000, path: "/ip2" } },
    { type: IP1, control: { port: 5000, path: "/desc/ip1" } },
    { type: PPP, control: { port: 5000, path: "/ppp" } },
  ]);
  const based = parseDescription(description([[IP1, "ip"]], "http://192.168.1.1:80/base/"), LOCATION, GATEWAY.ip);
  assert.deepEqual(based, [{ type: IP1, control: { port: 80, path: "/base/ip" } }]);
  assert.deepEqual(parseDescription(description([[IP1, "ip"]], "http://192.0.2.1/"), LOCATION, GATEWAY.ip), []);
  assert.equal(parseDescription(description(Array(9).fill([IP1, "/x"])), LOCATION, GATEWAY.ip).length, 3);
});

test("XML that is malformed, too large, too deep or brings entities is no XML", () => {
  const good = description([[IP1, "/x"]]);
  const refused = [
    good.replace("</root>", ""),
    good.replace("/x", "&x;"),
    good.replace("<root", '<!DOCTYPE root [<!ENTITY x "/x">]><root'),
    good.replace("<device>", `<device><!--${" ".repeat(MAX_XML_BYTES)}-->`),
    "<a>".repeat(10_000) + "</a>".repeat(10_000),
    `${"<a>".repeat(20)}${good.slice(good.indexOf("<root"))}${"</a>".repeat(20)}`,
    "",
  ];
  for (const text of refused) assert.deepEqual(parseDescription(text, LOCATION, GATEWAY.ip), [], text.slice(0, 60));
  assert.equal(parseDescription(good, LOCATION, GATEWAY.ip).length, 1);
});

test("SOAP answers and faults", () => {
  const ip = (value: string) =>
    parseExternalIp(soapAnswer("GetExternalIPAddress", `<NewExternalIPAddress>${value}</NewExternalIPAddress>`));
  assert.equal(ip(" 203.0.113.7 "), "203.0.113.7");
  for (const none of ["", "0.0.0.0", "::1", "203.0.113", "router.lan"]) assert.equal(ip(none), undefined, none);
  const port = (value: string) =>
    parseReservedPort(soapAnswer("AddAnyPortMapping", `<NewReservedPort>${value}</NewReservedPort>`));
  assert.equal(port("6000"), 6000);
  for (const none of ["0", "65536", "-1", "6e3", ""]) assert.equal(port(none), undefined, none);
  assert.equal(parseFault(soapFault(725)), 725);
  assert.equal(parseFault("<errorCode>725</errorCode>"), undefined);
});

test("arbitrary and damaged documents never throw", () => {
  const good = description([[IP1, "/x"]]);
  const damaged = fc
    .tuple(fc.nat(good.length), fc.nat(20), fc.string({ maxLength: 10 }))
    .map(([at, length, text]) => good.slice(0, at) + text + good.slice(at + length));
  fc.assert(
    fc.property(fc.oneof(damaged, fc.string()), (text) => {
      parseDescription(text, LOCATION, GATEWAY.ip);
      parseExternalIp(text);
      parseFault(text);
    }),
    { numRuns: 500 },
  );
});

test("which external addresses lead somewhere", () => {
  const open = [
    "203.0.113.7",
    "1.1.1.1",
    "100.63.255.255",
    "100.128.0.0",
    "172.32.0.1",
    "223.255.255.255",
    "2001:db8::1",
  ];
  const closed = ["10.0.0.1", "100.64.0.1", "100.127.255.255", "172.16.0.1", "172.31.255.255", "192.168.0.1"];
  const never = [
    "0.0.0.0",
    "127.0.0.1",
    "169.254.1.1",
    "198.18.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "fe80::1",
    "fd00::1",
    "::",
  ];
  for (const ip of open) assert.equal(isPublicIp(ip), true, ip);
  for (const ip of [...closed, ...never]) assert.equal(isPublicIp(ip), false, ip);
  const mapped = formatSocketAddress("10.0.0.1", 6000);
  assert.equal(isReachableExternal(mapped, [formatSocketAddress("203.0.113.7", 1)]), false, "double NAT");
  assert.equal(isReachableExternal(mapped, [formatSocketAddress("10.0.0.1", 1)]), true, "the servers are inside too");
});
