import assert from "node:assert/strict";
import { lstatSync, mkdirSync, mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { request as httpRequest } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { createLocalApiClient, type LocalApiServer, type Route, serveLocalApi } from "../../../src/local-api/index.ts";
import { MAX_CONNECTIONS_OF_USER } from "../../../src/local-api/server.ts";
import { matchRoute } from "../../../src/local-api/routes.ts";
import { MeshdError } from "../../../src/protocol/errors.ts";

const json = (body: unknown) => ({ kind: "json", body }) as const;

describe("local API", () => {
  let directory: string;
  let socketPath: string;
  let server: LocalApiServer | undefined;
  let caller = { pid: 1, uid: 0, gid: 0 };
  let abortedStreams = 0;

  async function* endless(signal: AbortSignal): AsyncGenerator<number> {
    for (let n = 0; !signal.aborted; n++) {
      yield n;
      await sleep(5, undefined, { signal }).catch(() => abortedStreams++);
    }
  }
  async function* failing(): AsyncGenerator<number> {
    yield 1;
    throw new MeshdError("half-way", 5, "went wrong half-way");
  }

  const routes: readonly Route[] = [
    { method: "GET", path: "/v1/read", access: "read", handle: ({ caller: who }) => json(who) },
    { method: "POST", path: "/v1/change", access: "change", handle: ({ body }) => json({ got: body }) },
    {
      method: "DELETE",
      path: "/v1/keys/:id",
      access: "change",
      handle: ({ params, query }) => json([params, query.get("x")]),
    },
    {
      method: "GET",
      path: "/v1/lines",
      access: "read",
      handle: ({ signal }) => ({ kind: "lines", lines: endless(signal) }),
    },
    { method: "GET", path: "/v1/failing", access: "read", handle: () => ({ kind: "lines", lines: failing() }) },
    {
      method: "GET",
      path: "/v1/error",
      access: "read",
      handle: () => {
        throw new MeshdError("busy", 5, "too busy");
      },
    },
  ];

  const start = async (): Promise<LocalApiServer> =>
    serveLocalApi({
      socketPath,
      role: "daemon",
      routes,
      credentials: () => caller,
      mayChange: ({ uid }) => uid === 1234,
    });

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), "meshd-api-"));
    socketPath = join(directory, "run", "node.sock");
    caller = { pid: 1, uid: 0, gid: 0 };
    server = await start();
  });
  afterEach(async () => {
    await server?.close();
    rmSync(directory, { recursive: true });
  });

  const client = () => createLocalApiClient(socketPath, "daemon");

  it("leaves room for others whatever one user holds", async () => {
    caller = { pid: 1, uid: 7, gid: 7 };
    const held = Array.from({ length: MAX_CONNECTIONS_OF_USER }, () => connect(socketPath));
    await Promise.all(held.map((socket) => new Promise((resolve) => socket.once("connect", resolve))));
    await assert.rejects(client().request("GET", "/v1/read"));
    caller = { pid: 1, uid: 8, gid: 8 };
    assert.deepEqual(await client().request("GET", "/v1/read"), { ...caller, mayChange: false });
    held[0]?.destroy();
    await sleep(20);
    caller = { pid: 1, uid: 7, gid: 7 };
    assert.deepEqual(await client().request("GET", "/v1/read"), { ...caller, mayChange: false });
    for (const socket of held) socket.destroy();
  });
  const failure = (code: string, exitCode: number) => (error: unknown) =>
    error instanceof MeshdError && error.code === code && error.exitCode === exitCode;

  it("lets everybody read, and root, its own user and the operator change", async () => {
    assert.equal(statSync(socketPath).mode & 0o777, 0o666);
    for (const [uid, mayChange] of [
      [0, true],
      [process.getuid?.() ?? 0, true],
      [1234, true],
      [4321, false],
    ] as const) {
      caller = { pid: 1, uid, gid: 0 };
      assert.deepEqual(await client().request("GET", "/v1/read"), { pid: 1, uid, gid: 0, mayChange });
      const change = client().request("POST", "/v1/change", { a: 1 });
      if (mayChange) assert.deepEqual(await change, { got: { a: 1 } });
      else await assert.rejects(change, failure("not-permitted", 4));
    }
  });

  it("passes parameters and the query, and knows its routes", async () => {
    assert.deepEqual(await client().request("DELETE", "/v1/keys/a%2Fb?x=1"), [{ id: "a/b" }, "1"]);
    await assert.rejects(client().request("GET", "/v1/none"), failure("no-such-route", 2));
    await assert.rejects(client().request("GET", "/v1/change"), failure("no-such-method", 2));
    assert.equal(matchRoute(routes, "DELETE", "/v1/keys/%zz"), undefined);
    assert.equal(matchRoute(routes, "DELETE", "/v1/keys/"), undefined);
  });

  it("carries errors with their exit codes, also out of a stream", async () => {
    await assert.rejects(client().request("GET", "/v1/error"), failure("busy", 5));
    const seen: unknown[] = [];
    await assert.rejects(
      async () => {
        for await (const line of client().lines("GET", "/v1/failing")) seen.push(line);
      },
      failure("half-way", 5),
    );
    assert.deepEqual(seen, [1]);
  });

  it("ends a stream when its reader goes, and when the server closes", async () => {
    for await (const line of client().lines("GET", "/v1/lines")) if (line === 3) break;
    await sleep(30);
    assert.equal(abortedStreams, 1);
    const rest = (async () => {
      for await (const line of client().lines("GET", "/v1/lines")) if (line === 2) void server?.close();
    })();
    await assert.rejects(rest, failure("not-running", 3));
    server = undefined;
  });

  const raw = (headers: Record<string, string>, body = ""): Promise<number> =>
    new Promise((resolve, reject) => {
      const outgoing = httpRequest({ socketPath, method: "POST", path: "/v1/change", headers }, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      });
      outgoing.on("error", reject);
      outgoing.end(body);
    });

  it("refuses browsers, foreign hosts, large and malformed bodies", async () => {
    assert.equal(await raw({ host: "localhost" }, "{}"), 200);
    assert.equal(await raw({ host: "meshd:80" }), 200);
    assert.equal(await raw({ host: "evil.example" }), 403);
    assert.equal(await raw({ host: "localhost", origin: "http://localhost" }), 403);
    assert.equal(await raw({ host: "localhost", "sec-fetch-site": "none" }), 403);
    assert.equal(await raw({ host: "localhost" }, "{"), 400);
    assert.equal(await raw({ host: "localhost" }, JSON.stringify("x".repeat(1 << 20))), 413);
    assert.equal(await raw({ host: "localhost" }, JSON.stringify("x".repeat((1 << 20) - 2))), 200);
  });

  it("never replaces what is no socket", async () => {
    await server?.close();
    for (const make of [() => writeFileSync(socketPath, "mine"), () => mkdirSync(socketPath)]) {
      rmSync(socketPath, { recursive: true, force: true });
      make();
      const before = lstatSync(socketPath).ino;
      await assert.rejects(start(), failure("socket", 1));
      await assert.rejects(start(), /is no socket; choose another --socket/);
      assert.equal(lstatSync(socketPath).ino, before);
    }
    rmSync(socketPath, { recursive: true });
    server = await start();
  });

  it("does not start beside a live one, and replaces the socket of a dead one", async () => {
    await assert.rejects(start(), failure("already-running", 1));
    await server?.close();
    // A server that is killed leaves its socket behind: closing a handle without node's own cleaning up does the same.
    const dead = createServer().listen(socketPath);
    await new Promise((resolve) => dead.once("listening", resolve));
    const kept = join(directory, "kept");
    renameSync(socketPath, kept);
    await new Promise((resolve) => dead.close(resolve));
    renameSync(kept, socketPath);
    server = await start();
    assert.deepEqual(await client().request("POST", "/v1/change", 1), { got: 1 });
  });

  it("says what is wrong with a socket's path", async () => {
    const at = (path: string) => serveLocalApi({ socketPath: path, role: "daemon", routes, credentials: () => caller });
    await assert.rejects(at(`/${"x".repeat(120)}`), failure("socket-path", 2));
    writeFileSync(join(directory, "file"), "");
    await assert.rejects(at(join(directory, "file", "x.sock")), failure("socket", 1));
  });

  it("tells the caller that nobody is there", async () => {
    await assert.rejects(
      createLocalApiClient(join(directory, "x"), "daemon").request("GET", "/"),
      failure("not-running", 3),
    );
  });
});
