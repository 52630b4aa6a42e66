import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { describe, it } from "node:test";

import { ChannelError } from "../../../src/channel/errors.ts";
import type { ChannelFailure } from "../../../src/channel/errors.ts";
import { dialFirst } from "../../../src/channel/dial.ts";
import type { HostPort } from "../../../src/protocol/index.ts";

type Behaviour = { afterMs: number; failure?: ChannelFailure };

/** Addresses that answer or fail after a while; ports are their numbers. */
function net(...behaviours: Behaviour[]) {
  const log: string[] = [];
  const coordinators = behaviours.map((_, port): HostPort => ({ host: "c", port }));
  const open = async ({ port }: HostPort, signal: AbortSignal): Promise<number> => {
    log.push(`try ${port}`);
    const { afterMs, failure } = behaviours[port] ?? { afterMs: 0 };
    try {
      await delay(afterMs, undefined, { signal });
    } catch {
      log.push(`aborted ${port}`);
      throw new ChannelError("aborted", "aborted");
    }
    if (failure) throw new ChannelError(failure, `failed ${port}`);
    return port;
  };
  const dial = (signal = new AbortController().signal) =>
    dialFirst(coordinators, open, (channel) => void log.push(`discarded ${channel}`), signal, 30);
  return { dial, log };
}

describe("dialling coordinators", () => {
  it("leaves the others alone while the first one works", async () => {
    const { dial, log } = net({ afterMs: 5 }, { afterMs: 0 });
    assert.equal((await dial()).channel, 0);
    assert.deepEqual(log, ["try 0"]);
  });

  it("goes on at once after a failure, and after the head start past a silent one", async () => {
    const { dial, log } = net({ afterMs: 0, failure: "unreachable" }, { afterMs: 10_000 }, { afterMs: 1 });
    assert.equal((await dial()).channel, 2);
    await delay(1);
    assert.deepEqual(log, ["try 0", "try 1", "try 2", "aborted 1"]);
  });

  it("tells the most telling of all failures", async () => {
    const { dial } = net(
      { afterMs: 0, failure: "unreachable" },
      { afterMs: 1, failure: "wrong-coordinator" },
      { afterMs: 2, failure: "timeout" },
    );
    await assert.rejects(dial(), { failure: "wrong-coordinator" });
    await assert.rejects(net().dial(), { failure: "unreachable" });
  });

  it("stops when it is told to", async () => {
    const { dial, log } = net({ afterMs: 10_000 }, { afterMs: 10_000 });
    const abort = new AbortController();
    const dialled = dial(abort.signal);
    await delay(5);
    abort.abort();
    await assert.rejects(dialled, { failure: "aborted" });
    await delay(1);
    assert.deepEqual(log, ["try 0", "aborted 0"]);
    await assert.rejects(dial(abort.signal), { failure: "aborted" });
  });
});
