import assert from "node:assert/strict";
import { test } from "node:test";
import type { SealedStream } from "../../../src/channel/sealed-stream.ts";
import { ControlSession } from "../../../src/coordinator/control-session.ts";
import { runSession } from "../../../src/coordinator/session-runner.ts";

/** A channel to a node that vanished: nothing leaves, nothing comes, until it is aborted. */
function stuckStream(): SealedStream {
  const { promise: stuck, reject } = Promise.withResolvers<never>();
  stuck.catch(() => undefined);
  return {
    transcriptHash: new Uint8Array(32),
    remoteAddress: undefined,
    receive: () => stuck,
    send: () => stuck,
    close: () => Promise.resolve(),
    abort: () => {
      reject(new Error("aborted"));
    },
  };
}

void test("a node that vanished in the middle of a message does not hold up the end of its session", async () => {
  const netmap = { version: 1, updateFor: () => undefined };
  const bytes = new Uint8Array(32);
  const context = { rootKey: bytes, meshId: bytes, transcriptHash: bytes, netmap, nowUnixMs: Date.now };
  const session = new ControlSession(context, performance.now());
  const running = runSession(
    stuckStream(),
    session,
    () => performance.now(),
    () => undefined,
  );
  session.handleMessage({ kind: "heartbeat", sequence: 1, reply: false, coordinatorTimeMs: 0 }, performance.now());
  running.pump();
  session.handleGoodbye("shutting-down", "the coordinator stops");
  running.pump();
  const start = performance.now();
  await running.done;
  assert.ok(performance.now() - start < 1000);
});
