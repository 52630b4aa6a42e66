// Connections whose other end vanished without a sign: closing them must not last as long as TCP goes on trying.
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { before, describe, it } from "node:test";

import { connectWebTransport, listenWebTransport, makeSelfSignedCertificate } from "../../../src/channel/index.ts";
import type { ByteStream, TlsCertificate } from "../../../src/channel/index.ts";

/** Graceful for half a second, and then some for a busy machine. */
const CLOSED_WITHIN_MS = 1000;
const limit = { timeout: 8000 };

let certificate: TlsCertificate;
before(async () => {
  certificate = await makeSelfSignedCertificate();
});

/** Both ends of a session whose path can be frozen: from then on nothing gets through, and nothing is closed. */
async function frozenPair(isBusy: boolean) {
  const { promise: accepted, resolve: control } = Promise.withResolvers<ByteStream>();
  const listener = await listenWebTransport({
    host: "127.0.0.1",
    port: 0,
    certificate,
    maxSessions: 4,
    onStream: { control },
  });
  const sockets: Socket[] = [];
  const proxy = createServer({ allowHalfOpen: true }, (near) => {
    const far = connect({ port: listener.port, host: "127.0.0.1", allowHalfOpen: true });
    sockets.push(near, far);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.on("error", () => undefined);
      from.on("data", (data) => to.write(data));
    }
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  const client = await connectWebTransport(
    { host: "127.0.0.1", port: (proxy.address() as AddressInfo).port },
    { timeoutMs: 5000 },
  );
  await client.write(Uint8Array.of(1));
  const server = await accepted;
  await server.read();
  for (const socket of sockets) socket.pause().removeAllListeners("data");
  if (isBusy) {
    for (const end of [client, server]) {
      for (let i = 0; i < 32; i++) void end.write(new Uint8Array(1 << 20)).catch(() => undefined);
    }
  }
  return {
    client,
    server,
    listener,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await Promise.all([listener.close(), new Promise((resolve) => proxy.close(resolve))]);
    },
  };
}

async function lasts(work: Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work;
  return performance.now() - start;
}

describe("an unreachable other end", () => {
  for (const isBusy of [false, true]) {
    const how = isBusy ? "with writes in flight" : "idle";
    it(`does not hold up closing, ${how}`, limit, async () => {
      await using pair = await frozenPair(isBusy);
      assert.ok((await lasts(pair.client.close())) < CLOSED_WITHIN_MS);
      assert.ok((await lasts(pair.server.close())) < CLOSED_WITHIN_MS);
    });

    it(`does not hold up an abort after the attempt to close, ${how}`, limit, async () => {
      await using pair = await frozenPair(isBusy);
      for (const end of [pair.client, pair.server]) {
        const closing = end.close();
        end.abort();
        assert.ok((await lasts(closing)) < 200);
      }
    });

    it(`does not hold up the end of the listener, ${how}`, limit, async () => {
      await using pair = await frozenPair(isBusy);
      void pair.server.close();
      assert.ok((await lasts(pair.listener.close())) < CLOSED_WITHIN_MS);
    });
  }
});
