// The node's end of a stream to a relay, against the relay's.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import pino from "pino";
import { Driver } from "../../../src/daemon/driver.ts";
import { RelayStream } from "../../../src/daemon/relay-stream.ts";
import { FakeServerEngine, fakeNodeEngines } from "../../../src/engine/fake.ts";
import {
  generateSigningKey,
  issueTicket,
  meshIdOf,
  nodeKeyOf,
  randomBytes,
  sodiumReady,
} from "../../../src/identity/index.ts";
import { RelaySession } from "../../../src/paths/relay-session.ts";
import { StreamDoor } from "../../../src/relay/stream-door.ts";
import { memoryPair } from "../channel/memory-stream.ts";

before(sodiumReady);

const NOW = 1_800_000_000_000;
const HELLO = 1;

void test("its hello leaves with the request for the stream, and the session stands two round trips later", async () => {
  const [root, relay, node] = [generateSigningKey(), generateSigningKey(), generateSigningKey()];
  const [engine, server] = [
    fakeNodeEngines().open({ port: 0, nodeSeed: new Uint8Array(32), bootId: new Uint8Array(8) }, () => undefined),
    new FakeServerEngine(
      { listen: [], clientRate: 0 },
      { onRegister: () => undefined, onFatal: (reason) => assert.fail(reason), onStreams: () => undefined },
    ),
  ];
  const door = new StreamDoor({
    engine: server,
    trust: { relay, rootKeys: [root.publicKey], isRevoked: () => false },
    log: pino({ enabled: false }),
    nowUnixMs: () => NOW,
    onAdmitted: () => undefined,
  });
  const times = { notBeforeUnixMs: NOW - 1, notAfterUnixMs: NOW + 1000 };
  const ticket = issueTicket(root, { nodeKey: nodeKeyOf(node), relayKey: relay.publicKey, ...times });
  const [ours, theirs] = memoryPair();
  const openings: Uint8Array[] = [];
  const written: number[] = [];
  const changed = Promise.withResolvers<undefined>();
  const driver = new Driver();
  const link = new RelayStream({
    ...{ engine, driver, handle: 7, addresses: [{ host: "203.0.113.1", port: 443 }] },
    open: async (_, opening) => {
      openings.push(opening);
      door.accept({
        remoteAddress: "203.0.113.7:55555",
        read: () => theirs.read(),
        write: (bytes) => theirs.write(bytes),
        close: () => theirs.close(),
        abort: () => theirs.abort(),
      });
      await ours.write(opening);
      return {
        remoteAddress: undefined,
        read: () => ours.read(),
        write: (bytes) => {
          written.push(bytes[3] ?? 0);
          return ours.write(bytes);
        },
        close: () => ours.close(),
        abort: () => ours.abort(),
      };
    },
    newSession: () =>
      new RelaySession({ node, meshId: meshIdOf(root.publicKey), relayKey: relay.publicKey, random: randomBytes }),
    ticket: () => ticket,
    onChange: () => changed.resolve(undefined),
    onLog: (message) => assert.fail(message),
    onRefused: () => assert.fail("refused"),
  });
  await changed.promise;
  assert.equal(link.live, "203.0.113.1:443");
  assert.deepEqual(
    openings.map((bytes) => bytes[3]),
    [HELLO],
  );
  assert.equal(written.includes(HELLO), false);
  link.close();
  driver.close();
  door.close();
});
