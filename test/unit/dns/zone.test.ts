import assert from "node:assert/strict";
import { describe, it } from "node:test";
import packet from "dns-packet";
import fc from "fast-check";
import { reverseZones } from "../../../src/dns/resolved.ts";
import { createZone, reverseIp, serverFailure } from "../../../src/dns/zone.ts";

const zone = createZone({
  domain: "mesh",
  prefixes: ["100.64.0.0/10", "fd7a:1::/48"],
  records: [
    { name: "laptop", ips: ["100.64.0.1", "fd7a:1::1"] },
    { name: "nas", ips: ["100.64.0.2"] },
  ],
});

function ask(name: string, type: string): (packet.Packet & { rcode?: string; flag_aa?: boolean }) | "forward" {
  const query = packet.encode({ id: 7, type: "query", flags: packet.RECURSION_DESIRED, questions: [{ name, type }] });
  const answer = zone.answer(query);
  assert.ok(answer);
  return answer.kind === "forward" ? "forward" : packet.decode(answer.response);
}

function data(name: string, type: string): unknown {
  const answer = ask(name, type);
  return answer === "forward" ? answer : answer.answers?.map((record) => record.data);
}

describe("names of the mesh", () => {
  it("drops a query that announces records which no query has, before they are read", () => {
    const question = { id: 7, type: "query" as const, questions: [{ name: "laptop.mesh", type: "A" }] };
    assert.equal(zone.answer(packet.encode(question))?.kind, "answer");
    const record = { name: "laptop.mesh", type: "A", class: "IN", ttl: 1, data: "192.0.2.1" };
    for (const records of [
      { answers: [record] },
      { authorities: [record] },
      { additionals: [record, record, record] },
    ]) {
      const announcing = packet.encode({ ...question, ...records });
      assert.equal(zone.answer(announcing), undefined);
      assert.equal(serverFailure(announcing), undefined);
    }
    const withEdns = packet.encode({
      id: 7,
      type: "query",
      questions: [{ name: "laptop.mesh", type: "A" }],
      additionals: [{ type: "OPT", name: ".", udpPayloadSize: 1232 }] as never,
    });
    assert.equal(zone.answer(withEdns)?.kind, "answer");
  });

  it("repeats the question as it was asked, whatever bytes its labels have", () => {
    // RFC 2181 §11: any bytes may stand in a label.
    const label = Buffer.from([4, 0xff, 0x2e, 0x80, 0x41]);
    const mesh = Buffer.concat([label, Buffer.from("\u0004mesh\0\0\u0001\0\u0001")]);
    const query = Buffer.concat([Buffer.from("000701000001000000000000", "hex"), mesh]);
    const answer = zone.answer(query);
    assert.ok(answer?.kind === "answer");
    for (const response of [answer.response, serverFailure(query)]) {
      assert.ok(response);
      assert.deepEqual(Buffer.from(response).subarray(12, 12 + mesh.length), mesh);
    }
    const compressed = Buffer.concat([query.subarray(0, 12), Buffer.from("c00c00010001", "hex")]);
    assert.equal(serverFailure(compressed), undefined, "nothing stands before it that it could point to");
  });

  it("answers full and bare names, in any case, by family", () => {
    assert.deepEqual(data("laptop.mesh", "A"), ["100.64.0.1"]);
    assert.deepEqual(data("LapTop.MESH", "AAAA"), ["fd7a:1::1"]);
    assert.deepEqual(data("laptop", "A"), ["100.64.0.1"]);
    assert.deepEqual(data("nas.mesh", "AAAA"), []);
  });

  it("answers for addresses in the mesh's prefixes", () => {
    assert.deepEqual(data("1.0.64.100.in-addr.arpa", "PTR"), ["laptop.mesh"]);
    const nibbles = "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.1.0.0.0.a.7.d.f.ip6.arpa";
    assert.deepEqual(data(nibbles, "PTR"), ["laptop.mesh"]);
    assert.equal(data("1.0.0.10.in-addr.arpa", "PTR"), "forward");
  });

  it("says authoritatively what does not exist, with an SOA", () => {
    const missing = ask("printer.mesh", "A");
    assert.ok(missing !== "forward");
    assert.deepEqual([missing.rcode, missing.flag_aa, missing.id], ["NXDOMAIN", true, 7]);
    assert.equal(missing.authorities?.[0]?.type, "SOA");
    const noData = ask("nas.mesh", "MX");
    assert.ok(noData !== "forward");
    assert.deepEqual([noData.rcode, noData.answers?.length], ["NOERROR", 0]);
    const noPointer = ask("9.9.64.100.in-addr.arpa", "PTR");
    assert.equal(noPointer !== "forward" && noPointer.rcode, "NXDOMAIN");
  });

  it("leaves the rest of the world to others", () => {
    for (const name of ["example.com", "printer", "mesh.example.com", "notmesh", "x.notmesh"]) {
      assert.equal(ask(name, "A"), "forward", name);
    }
  });

  it("survives any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        zone.answer(bytes);
        serverFailure(bytes);
      }),
    );
    const response = packet.encode({ id: 1, type: "response", questions: [{ name: "laptop.mesh", type: "A" }] });
    assert.equal(zone.answer(response), undefined);
  });

  it("fails in the asker's name where nobody answers", () => {
    const query = packet.encode({ id: 9, type: "query", questions: [{ name: "example.com", type: "A" }] });
    const answer = packet.decode(serverFailure(query) ?? new Uint8Array()) as packet.Packet & { rcode?: string };
    assert.deepEqual([answer.id, answer.rcode], [9, "SERVFAIL"]);
  });
});

describe("reverse names", () => {
  it("are read in both families and refused otherwise", () => {
    assert.equal(reverseIp("1.0.64.100.in-addr.arpa"), "100.64.0.1");
    for (const name of ["1.0.64.in-addr.arpa", "1.0.64.300.in-addr.arpa", "x.ip6.arpa", "laptop.mesh"]) {
      assert.equal(reverseIp(name), undefined, name);
    }
  });

  it("come in as many zones as the prefix needs", () => {
    const zones = reverseZones("100.64.0.0/10");
    assert.deepEqual([zones.length, zones[0], zones.at(-1)], [64, "64.100.in-addr.arpa", "127.100.in-addr.arpa"]);
    assert.deepEqual(reverseZones("fd7a:1::/48"), ["0.0.0.0.1.0.0.0.a.7.d.f.ip6.arpa"]);
    assert.deepEqual(reverseZones("10.0.0.0/8"), ["10.in-addr.arpa"]);
    assert.deepEqual(reverseZones("0.0.0.0/1"), []);
  });
});
