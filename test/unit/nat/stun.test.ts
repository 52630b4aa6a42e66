import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decodeBindingResponse, encodeBindingRequest } from "../../../src/nat/stun.ts";

/** RFC 5769 §2.2 and §2.3: sample responses with the same transaction id. */
const TRANSACTION = "b7e7a701bc34d686fa87dfae";
const IPV4_RESPONSE =
  "0101003c2112a442" +
  TRANSACTION +
  "8022000b7465737420766563746f7220002000080001a147e112a643" +
  "000800142b91f599fd9e90c38c7489f92af9ba53f06be7d780280004c07d4c96";
const IPV6_RESPONSE =
  "010100482112a442" +
  TRANSACTION +
  "8022000b7465737420766563746f722000200014" +
  "0002a1470113a9faa5d3f179bc25f4b5bed2b9d9" +
  "00080014a382954e4be67bf11784c97c8292c275bfe3ed4180280004c8fb0b4c";
const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, "hex"));
const hex = (data: Uint8Array) => Buffer.from(data).toString("hex");

/** A response with the given attributes, each already padded. */
function response(attributes: string, type = "0101", cookie = "2112a442"): Uint8Array {
  const length = (attributes.length / 2).toString(16).padStart(4, "0");
  return bytes(type + length + cookie + TRANSACTION + attributes);
}
const MAPPED = "002000080001a147e112a643";

test("the request is the bare header", () => {
  assert.equal(hex(encodeBindingRequest(bytes(TRANSACTION))), "000100002112a442" + TRANSACTION);
});

test("addresses of the sample responses, without what needs a password", () => {
  // MESSAGE-INTEGRITY (0x0008) must be understood: a server that sends it to a bare request is none of ours.
  assert.equal(decodeBindingResponse(bytes(IPV4_RESPONSE)), undefined);
  const four = decodeBindingResponse(response("8022000b7465737420766563746f7220" + MAPPED));
  assert.equal(four?.mapped, "192.0.2.1:32853");
  assert.equal(hex(four.transactionId), TRANSACTION);
  const value = IPV6_RESPONSE.slice(IPV6_RESPONSE.indexOf("00200014"), IPV6_RESPONSE.indexOf("00080014"));
  assert.equal(decodeBindingResponse(response(value))?.mapped, "[2001:db8:1234:5678:11:2233:4455:6677]:32853");
});

test("the first of two addresses counts, a plain MAPPED-ADDRESS does not", () => {
  assert.equal(decodeBindingResponse(response(MAPPED + "002000080001a147ffffffff"))?.mapped, "192.0.2.1:32853");
  assert.equal(decodeBindingResponse(response("000100080001a147e112a643")), undefined);
  assert.equal(decodeBindingResponse(response("000100080001a147e112a643" + MAPPED))?.mapped, "192.0.2.1:32853");
});

test("what is not exactly a response with an address yields nothing", () => {
  const bad: Record<string, Uint8Array> = {
    empty: new Uint8Array(0),
    "a request": encodeBindingRequest(bytes(TRANSACTION)),
    "an error response": response(MAPPED, "0111"),
    "another cookie": response(MAPPED, "0101", "2112a443"),
    "no attributes": response(""),
    "trailing bytes": bytes(hex(response(MAPPED)) + "00000000"),
    "an attribute beyond the end": response("002000ff0001a147e112a643"),
    "an unknown attribute that must be understood": response("7fff0000" + MAPPED),
    "family 3": response("002000080003a147e112a643"),
    "port 0": response("0020000800012112e112a643"),
    "an IPv6 address of four bytes": response("002000080002a147e112a643"),
  };
  for (const [name, datagram] of Object.entries(bad)) assert.equal(decodeBindingResponse(datagram), undefined, name);
});

test("arbitrary and damaged bytes never throw", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 120 }), (datagram) => void decodeBindingResponse(datagram)));
  const genuine = response("8022000b7465737420766563746f7220" + MAPPED);
  fc.assert(
    fc.property(fc.nat(genuine.length - 1), fc.nat(255), (at, value) => {
      const damaged = genuine.slice();
      damaged[at] = value;
      decodeBindingResponse(damaged);
      decodeBindingResponse(damaged.subarray(0, at));
    }),
  );
});
