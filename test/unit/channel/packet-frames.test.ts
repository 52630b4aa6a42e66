import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { FrameCutter, framePacket, separate } from "../../../src/channel/packet-frames.ts";
import { ProtocolViolation } from "../../../src/protocol/errors.ts";

const packets = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 20 });

void test("whatever the pieces, whole frames come out in order, and nothing is lost", () => {
  fc.assert(
    fc.property(packets, fc.integer({ min: 1, max: 50 }), (all, size) => {
      const stream = Buffer.concat(all.map(framePacket));
      const cutter = new FrameCutter();
      const out: Uint8Array[] = [];
      for (let at = 0; at < stream.length; at += size) out.push(cutter.cut(stream.subarray(at, at + size)));
      assert.deepEqual(Buffer.concat(out), stream);
    }),
  );
});

void test("control is told from data, and data stays in its order", () => {
  fc.assert(
    fc.property(packets, (all) => {
      const { control, data } = separate(Buffer.concat(all.map(framePacket)));
      const isControl = (packet: Uint8Array): boolean => packet[0] === 17;
      assert.deepEqual(
        control.map((packet) => [...packet]),
        all.filter(isControl).map((packet) => [...packet]),
      );
      const others = all.filter((packet) => !isControl(packet));
      assert.deepEqual(Buffer.concat(data), Buffer.concat(others.map(framePacket)));
    }),
  );
});

void test("a length that no packet has ends it", () => {
  assert.throws(() => new FrameCutter().cut(Uint8Array.of(255, 255, 1)), ProtocolViolation);
});
