// One sample of every message that was ever sent, and what the present program reads in it. A later version may add fields to any of them:
// they disturb nothing, and those of messages that pass a coordinator on their way to another node arrive there.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import protobuf from "protobufjs/minimal.js";
import {
  decodeCoordinatorMessage,
  decodeNetmapEntry,
  decodeNodeMessage,
  encodeCoordinatorMessage,
  encodeNetmapEntry,
  type NodeMessage,
} from "../../../src/protocol/index.ts";
import { nodeKeyFromBytes } from "../../../src/protocol/node-key.ts";
import { MAX_LATER_BYTES } from "../../../src/protocol/fields.ts";
import { encodeMessage, wire } from "../../../src/protocol/wire.ts";
import { decode, namesInSchema, readable } from "./wire-samples.ts";

interface Sample {
  readonly hex: string;
  readonly says: unknown;
}

const samples = JSON.parse(readFileSync(new URL("samples/wire-1.json", import.meta.url), "utf8")) as Readonly<
  Record<string, Sample>
>;
const bytesOf = ({ hex }: Sample): Uint8Array => new Uint8Array(Buffer.from(hex, "hex"));

/** Field 500 of each wire type that protobuf has: a varint, 8 bytes, some bytes, 4 bytes. */
const LATER = [
  [0xa0, 0x1f, 0x96, 0x01],
  [0xa1, 0x1f, 1, 2, 3, 4, 5, 6, 7, 8],
  [0xa2, 0x1f, 2, 0xff, 0x00],
  [0xa5, 0x1f, 1, 2, 3, 4],
].map((field) => Uint8Array.from(field));

describe("messages ever sent", () => {
  it("have a sample each", () => {
    assert.deepEqual(Object.keys(samples).toSorted(), namesInSchema().toSorted());
  });

  for (const [name, sample] of Object.entries(samples)) {
    it(`${name} is read, with fields of a later version, too`, () => {
      assert.deepEqual(readable(decode(name, bytesOf(sample))), sample.says);
      for (const field of LATER) {
        const later = readable(decode(name, Buffer.concat([bytesOf(sample), field]))) as Record<string, unknown>;
        assert.deepEqual(later, sample.says);
      }
    });
  }
});

describe("what passes a coordinator", () => {
  const peer = nodeKeyFromBytes(new Uint8Array(32).fill(1));
  const claim = (later: readonly Uint8Array[]) => ({ kind: 1, address: "203.0.113.7:41641", $unknowns: [...later] });
  const hint = (later: readonly Uint8Array[]) => ({ mapping: 2, allocation: 3, step: 0, $unknowns: [...later] });
  /** What a node of a later version finds. */
  function read<Message>(codec: { decode(reader: protobuf.Reader): Message }, bytes: Uint8Array): Message {
    const reader = protobuf.Reader.create(bytes);
    reader.discardUnknown = false;
    return codec.decode(reader);
  }
  const unknownsOf = (message: object | null | undefined) =>
    message && "$unknowns" in message ? (message.$unknowns as readonly Uint8Array[]) : [];

  function endpoints(later: readonly Uint8Array[]): Extract<NodeMessage, { kind: "endpoints" }> {
    const message = decodeNodeMessage(encodeMessage(wire.FromNode, { endpoints: { candidates: [claim(later)] } }));
    assert.ok(message?.kind === "endpoints");
    return message;
  }

  it("keeps what a later version adds to a candidate, in the netmap", () => {
    const { candidates } = endpoints(LATER);
    const entry = {
      kind: "presence",
      nodeKey: peer,
      online: true,
      lastSeenUnixMs: 0,
      candidates,
      homeRelay: "",
    } as const;
    const bytes = encodeNetmapEntry(entry);
    const passed = read(wire.NetmapEntry, bytes).presence?.candidates?.[0];
    assert.deepEqual(Buffer.concat(unknownsOf(passed)), Buffer.concat(LATER));
    assert.deepEqual(decodeNetmapEntry(bytes).entry, { ...entry, candidates: endpoints([]).candidates });
  });

  it("keeps it in a notice, and what is added to a hint about a NAT", () => {
    const request = { peer: new Uint8Array(32), candidates: [claim(LATER)], attempt: 1, nat: hint(LATER) };
    const asked = decodeNodeMessage(encodeMessage(wire.FromNode, { punchRequest: request }));
    assert.ok(asked?.kind === "punch-request");
    const bytes = encodeCoordinatorMessage({ ...asked, kind: "punch-notice", observed: [] });
    const { punchNotice } = read(wire.FromCoordinator, bytes);
    assert.deepEqual(Buffer.concat(unknownsOf(punchNotice?.candidates?.[0])), Buffer.concat(LATER));
    assert.deepEqual(Buffer.concat(unknownsOf(punchNotice?.nat)), Buffer.concat(LATER));
    assert.equal(decodeCoordinatorMessage(bytes)?.kind, "punch-notice");
  });

  it("leaves out what is more than a little, and holds nothing of the frame it came in", () => {
    const large = Buffer.concat([Buffer.of(0xa2, 0x1f, MAX_LATER_BYTES), Buffer.alloc(MAX_LATER_BYTES)]);
    assert.deepEqual(endpoints([large]).candidates, [{ kind: "reflexive", address: "203.0.113.7:41641" }]);
    const { later = [] } = endpoints(LATER).candidates[0] ?? {};
    for (const field of later) assert.equal(field.buffer.byteLength, field.length);
  });
});
