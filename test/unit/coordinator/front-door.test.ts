import assert from "node:assert/strict";
import { before, test } from "node:test";
import pino from "pino";
import type { ByteStream } from "../../../src/channel/byte-stream.ts";
import { ChannelError } from "../../../src/channel/errors.ts";
import { FrontDoor, MAX_HALF_OPEN_OF_NETWORK } from "../../../src/coordinator/front-door.ts";
import { NetmapPublisher } from "../../../src/coordinator/netmap-publisher.ts";
import { SUMMARY_EVERY_MS, TurnedAway } from "../../../src/coordinator/turned-away.ts";
import { SourceLimit } from "../../../src/coordinator/source-limit.ts";
import { generateSigningKey, sodiumReady } from "../../../src/identity/index.ts";

before(sodiumReady);

/** Says nothing until it is aborted. */
class SilentStream implements ByteStream {
  readonly remoteAddress: string;
  readonly #gone = Promise.withResolvers<undefined>();
  isAborted = false;

  constructor(remoteAddress: string) {
    this.remoteAddress = remoteAddress;
  }
  read(): Promise<Uint8Array | undefined> {
    return this.#gone.promise;
  }
  async write(): Promise<void> {
    // Taken.
  }
  async close(): Promise<void> {
    this.abort();
  }
  abort(): void {
    this.isAborted = true;
    this.#gone.promise.catch(() => undefined);
    this.#gone.reject(new ChannelError("aborted", "aborted"));
  }
}

void test("silent strangers of one network leave room for others, and for their own network once they are gone", async () => {
  const root = generateSigningKey();
  let version = 0;
  const nowUnixMs = () => 0;
  const netmap = new NetmapPublisher({ root, epoch: 1, nextVersion: () => ++version, nowUnixMs });
  const log = pino({ enabled: false });
  const door = new FrontDoor({ root, netmap, prefixes: [], log, now: () => 0, nowUnixMs, onEvent: () => undefined });
  const knock = (remoteAddress: string): SilentStream => {
    const stream = new SilentStream(remoteAddress);
    door.accept(stream);
    return stream;
  };
  const silent = Array.from({ length: MAX_HALF_OPEN_OF_NETWORK }, (_, i) => knock(`192.0.2.${String(i)}:1`));
  assert.ok(silent.every(({ isAborted }) => !isAborted));
  assert.ok(knock("192.0.2.200:2").isAborted);
  assert.ok(!knock("198.51.100.1:1").isAborted);
  silent[0]?.abort();
  await new Promise(setImmediate);
  assert.ok(!knock("192.0.2.200:3").isAborted);
  await door.close();
});

void test("networks are /24 of IPv4 and /56 of IPv6", () => {
  const limit = new SourceLimit(1);
  assert.ok(limit.take("[2001:db8:0:100::1]:1"));
  assert.equal(limit.take("[2001:db8:0:1ff::1]:1"), undefined);
  assert.ok(limit.take("[2001:db8:0:200::1]:1"));
  const leave = limit.take(undefined);
  assert.ok(leave);
  assert.equal(limit.take("not an address"), undefined);
  leave();
  assert.ok(limit.take(undefined));
});

/** A logger, and the messages that it was given. */
function recordingLog(): { readonly log: pino.Logger; readonly lines: Record<string, unknown>[] } {
  const lines: Record<string, unknown>[] = [];
  const write = (line: string): void => void lines.push(JSON.parse(line) as Record<string, unknown>);
  return { log: pino({ level: "info", base: null }, { write }), lines };
}

void test("a session that fails for no known reason ends alone, with a line in the log", async () => {
  const root = generateSigningKey();
  const nowUnixMs = () => 0;
  const netmap = new NetmapPublisher({ root, epoch: 1, nextVersion: () => 1, nowUnixMs });
  const { log, lines } = recordingLog();
  const door = new FrontDoor({ root, netmap, prefixes: [], log, now: () => 0, nowUnixMs, onEvent: () => undefined });
  const broken = new SilentStream("192.0.2.1:1");
  broken.read = () => Promise.reject(new TypeError("no such\nthing"));
  door.accept(broken);
  await new Promise(setImmediate);
  assert.ok(broken.isAborted);
  assert.deepEqual(
    lines.map(({ msg }) => msg),
    ["a new session failed: no such thing"],
  );
  await door.close();
});

void test("a flood at the door is a line now and then", () => {
  const { log, lines } = recordingLog();
  let now = 0;
  const turnedAway = new TurnedAway(log, () => now);
  for (let knock = 0; knock < 1000; knock++) turnedAway.note("192.0.2.1:1", 64);
  now += SUMMARY_EVERY_MS;
  turnedAway.note("192.0.2.2:1", 64);
  assert.deepEqual(
    lines.map(({ sessions }) => sessions),
    [1, 1000],
  );
});
