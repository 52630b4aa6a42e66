// Every route of every role's local API with wrong requests, over real sockets: JSON that names what is wrong, a fitting status, and no
// trace of the program. A route that takes a body and has no row in BODIES fails here, as does one with a name in its path and none in PATHS.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { pino } from "pino";
import { adminRoutes } from "../../../src/coordinator/admin-routes.ts";
import { createAuthKeys } from "../../../src/coordinator/auth-keys.ts";
import { openRelayRegistry } from "../../../src/coordinator/relay-registry.ts";
import { openMemoryStorage } from "../../../src/coordinator/storage/open.ts";
import { daemonRoutes } from "../../../src/daemon/api.ts";
import { Daemon } from "../../../src/daemon/daemon.ts";
import { randomBytes, sodiumReady } from "../../../src/identity/index.ts";
import { type LocalApiServer, type Route, serveLocalApi } from "../../../src/local-api/index.ts";
import { relayRoutes } from "../../../src/relay/local-routes.ts";
import { fakeWorld } from "../daemon/fakes.ts";

type Bodies = Readonly<Record<string, readonly (readonly [body: unknown, says: RegExp])[]>>;

/** What no body that is an object can be. */
const NO_OBJECTS: readonly unknown[] = [null, [], "text", 1, true];
const NUMBERS = [-1, 1.5, "1", null, 1e99, true];

const BODIES: Bodies = {
  "daemon POST /v1/up": [
    ...NO_OBJECTS.map((body) => [body, /not a JSON object/] as const),
    [{ hostnmae: "x" }, /unknown field hostnmae; did you mean hostname\?/],
    ...["authKey", "hostname", "tun", "operator"].flatMap((name) => [
      [{ [name]: 1 }, new RegExp(`${name} is not a text`)] as const,
      [{ [name]: "x".repeat(9000) }, new RegExp(`${name} is not a text`)] as const,
      [{ [name]: "a\u0000b" }, new RegExp(`${name} has control characters`)] as const,
    ]),
    ...["acceptDns", "shieldsUp", "portMapping", "offerRelay"].map(
      (name) => [{ [name]: "true" }, new RegExp(`${name} is neither true nor false`)] as const,
    ),
    ...["port", "relayPort", "relayRate", "timeoutMs"].flatMap((name) =>
      NUMBERS.map((value) => [{ [name]: value }, new RegExp(`${name} is not a whole number`)] as const),
    ),
    [{ port: 65536 }, /port is above 65535/],
    [{ relayPort: 65536 }, /relayPort is above 65535/],
    [{ timeoutMs: 2 ** 31 }, /timeoutMs is not from 1 to/],
    [{ timeoutMs: 0 }, /timeoutMs is not from 1 to/],
    [{ hostname: "" }, /hostname has not 1 to 63 characters/],
    [{ hostname: "x".repeat(64) }, /hostname has not 1 to 63 characters/],
    [{ tun: "../x" }, /tun is no name for a TUN device/],
    [{ tun: ".." }, /tun is no name for a TUN device/],
  ],
  "daemon POST /v1/ping": [
    ...NO_OBJECTS.map((body) => [body, /not a JSON object/] as const),
    [{}, /node is missing/],
    [{ node: 1 }, /node is missing/],
    [{ nod: "x" }, /unknown field nod; did you mean node\?/],
    ...NUMBERS.map(
      (count) => [{ node: "x", count, intervalMs: 10, timeoutMs: 1 }, /count is not a whole number/] as const,
    ),
    [{ node: "x", count: 1, intervalMs: 1, timeoutMs: 1 }, /intervalMs is not a whole number from 10/],
    [{ node: "x", count: 1, intervalMs: 10, timeoutMs: 99_999_999 }, /timeoutMs is not a whole number/],
    [{ node: "x", count: 1, intervalMs: 10, timeoutMs: 1, untilDirect: "yes" }, /untilDirect is neither/],
  ],
  // They take none; one that is sent is of no effect.
  "daemon POST /v1/down": [],
  "daemon POST /v1/logout": [],
  "daemon POST /v1/netcheck": [],
  "daemon POST /v1/shutdown": [],
  "coordinator POST /v1/relays/:name/allow": [],
  "coordinator POST /v1/keys": [
    ...NO_OBJECTS.map((body) => [body, /must be an object/] as const),
    [{ reusabel: true }, /unknown field reusabel; did you mean reusable\?/],
    [{ reusable: "yes" }, /reusable must be true or false/],
    [{ ephemeral: 1 }, /ephemeral must be true or false/],
    [{ tags: "tag:x" }, /tags must be a list/],
    [{ tags: ["Tag X"] }, /is not a tag; write it as in tag:server/],
    [{ tags: [1] }, /is not a tag/],
    ...[0, -1, "24h", 1e99, true].map((expiresInMs) => [{ expiresInMs }, /time to expiry must be above zero/] as const),
  ],
  "coordinator POST /v1/nodes/:name/rename": [
    ...NO_OBJECTS.map((body) => [body, /must be an object/] as const),
    [{}, /name is missing/],
    [{ nmae: "x" }, /unknown field nmae; did you mean name\?/],
    [{ name: 1 }, /name is missing/],
    [{ name: "x" }, /there is no node/],
  ],
  "coordinator POST /v1/relays": [
    ...NO_OBJECTS.map((body) => [body, /must be an object/] as const),
    [{}, /name is missing/],
    [{ nmae: "x" }, /unknown field nmae; did you mean name\?/],
    [{ name: 1 }, /name is missing/],
    ...["", "Frank furt", "a/b", "-", "x".repeat(64), "\x1b[2J", "localhost"].map(
      (name) => [{ name }, /cannot be a relay's name; use lower-case letters, digits and hyphens/] as const,
    ),
  ],
};

/** What is said of a name in the path that names nothing. */
const PATHS: Readonly<Record<string, RegExp>> = {
  "daemon GET /v1/why/:node": /not in the mesh .*meshd up/,
  "coordinator DELETE /v1/keys/:id": /there is no auth key .*meshd admin key list/,
  "coordinator DELETE /v1/nodes/:name": /there is no node .*meshd admin node list/,
  "coordinator POST /v1/nodes/:name/rename": /there is no node .*meshd admin node list/,
  "coordinator DELETE /v1/relays/:name": /there is no relay .*meshd admin relay list/,
  "coordinator POST /v1/relays/:name/allow": /no relay of the name .* is refused; .*meshd admin relay list/,
};

interface Answer {
  readonly status: number;
  readonly text: string;
}

/** Bytes as they are, and what came back until the end. */
function raw(socketPath: string, request: string | Uint8Array, end = true): Promise<Answer> {
  return new Promise((resolve) => {
    const socket = connect(socketPath);
    let text = "";
    socket.setEncoding("latin1").on("data", (chunk: string) => (text += chunk));
    socket.on("error", () => undefined);
    socket.once("close", () => {
      resolve({ status: Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? 0), text });
    });
    if (end) socket.end(request);
    else socket.write(request);
  });
}

function send(
  socketPath: string,
  method: string,
  path: string,
  headers = "",
  body: string | Uint8Array = "",
): Promise<Answer> {
  const length = Buffer.byteLength(body);
  const head = `${method} ${path} HTTP/1.1\r\nHost: meshd\r\nConnection: close\r\nContent-Length: ${String(length)}\r\n${headers}\r\n`;
  return raw(socketPath, Buffer.concat([Buffer.from(head), Buffer.from(body)]));
}

function refused({ status, text }: Answer, wanted: number, says: RegExp, what: string): void {
  assert.equal(status, wanted, `${what}: ${text}`);
  assert.match(text, says, what);
  assert.doesNotMatch(text, /\n\s+at |\.ts:\d|node:internal/, `${what}: a stack trace`);
}

const JSON_TYPE = "Content-Type: application/json\r\n";

describe("wrong requests to a local API", () => {
  const directory = mkdtempSync(join(tmpdir(), "meshd-bad-request-"));
  const roles: { role: string; routes: readonly Route[]; server: LocalApiServer }[] = [];
  let daemon: Daemon;

  before(async () => {
    await sodiumReady();
    const { surroundings } = fakeWorld();
    daemon = await Daemon.load({ stateDir: directory, version: "1", log: pino({ level: "silent" }), surroundings });
    const unused = (): never => assert.fail("a wrong request got through");
    const stranger = { memberByName: () => undefined, members: () => [] };
    const { db } = await openMemoryStorage(0);
    const storage = { db, nowUnixMs: () => 0, randomBytes };
    const hub = {
      relays: await openRelayRegistry({ ...storage, reservedNames: ["main"] }),
      offers: { find: () => undefined },
    };
    // Nothing else behind the coordinator's routes is reached by a wrong request.
    const coordinator = { registry: stranger, hub, authKeys: createAuthKeys(storage), coordinators: unused };
    const tables: Readonly<Record<string, readonly Route[]>> = {
      daemon: daemonRoutes(daemon, unused),
      coordinator: adminRoutes(coordinator as unknown as Parameters<typeof adminRoutes>[0]),
      relay: relayRoutes({ version: "1", name: () => "", connected: () => false, stats: unused }),
    };
    for (const [role, routes] of Object.entries(tables)) {
      const server = await serveLocalApi({
        socketPath: join(directory, `${role}.sock`),
        role,
        routes,
        credentials: () => ({ pid: 1, uid: 0, gid: 0 }),
        patience: { headersMs: 200, requestMs: 300, checkMs: 50 },
      });
      roles.push({ role, routes, server });
    }
  });
  after(async () => {
    for (const { server } of roles) await server.close();
    await daemon.stop();
    rmSync(directory, { recursive: true });
  });

  const each = async (check: (socketPath: string, route: Route, name: string) => Promise<void>): Promise<void> => {
    for (const { role, routes, server } of roles) {
      for (const route of routes) {
        const path = route.path.replace(/:[a-z]+/g, "x");
        await check(server.socketPath, { ...route, path }, `${role} ${route.method} ${route.path}`);
      }
    }
  };

  it("with every wrong body", async () => {
    await each(async (socketPath, { method, path }, name) => {
      if (method !== "POST") return;
      const rows = BODIES[name];
      assert.ok(rows !== undefined, `${name} has no row in BODIES`);
      for (const [body, says] of rows) {
        const answer = await send(socketPath, method, path, JSON_TYPE, JSON.stringify(body));
        refused(
          answer,
          says.source.includes("no node") ? 409 : 400,
          says,
          `${name} ${JSON.stringify(body).slice(0, 80)}`,
        );
      }
      for (const body of ["{", "{'a':1}", "NaN", "\0", Uint8Array.of(0x22, 0xff, 0x22)]) {
        refused(await send(socketPath, method, path, JSON_TYPE, body), 400, /not JSON/, name);
      }
      refused(
        await send(socketPath, method, path, JSON_TYPE, `"${"x".repeat(1 << 20)}"`),
        413,
        /larger than 1 MiB/,
        name,
      );
      for (const type of ["Content-Type: text/plain\r\n", "Content-Type: application/x-www-form-urlencoded\r\n"]) {
        refused(await send(socketPath, method, path, type, "{}"), 415, /content-type: application\/json/, name);
      }
    });
    for (const name of Object.keys(BODIES)) {
      assert.ok(
        roles.some(({ role, routes }) => routes.some(({ method, path }) => name === `${role} ${method} ${path}`)),
        name,
      );
    }
  });

  it("with wrong names in their paths", async () => {
    const wrong = ["\0", "../../x", "\x1b[2J", "é", "x".repeat(5000), "nodekey:x", "::1", "1.2.3", " "];
    await each(async (socketPath, { method, path }, name) => {
      if (!name.includes("/:")) return;
      const says = PATHS[name];
      assert.ok(says !== undefined, `${name} has no row in PATHS`);
      for (const value of wrong) {
        const target = path.replace("/x", `/${encodeURIComponent(value)}`);
        const body = method === "POST" ? '{"name":"x"}' : "";
        const answer = await send(socketPath, method, target, body === "" ? "" : JSON_TYPE, body);
        refused(answer, 409, says, `${name} ${value.slice(0, 20)}`);
      }
      refused(await send(socketPath, method, path.replace("/x", "/%zz")), 404, /has no/, name);
      refused(await send(socketPath, method, path.replace("/x", "/")), 404, /has no/, name);
    });
  });

  it("with a wrong method, from a browser, or for another host", async () => {
    await each(async (socketPath, { method, path }, name) => {
      refused(await send(socketPath, "PUT", path), 405, new RegExp(`has no PUT .*there it takes .*${method}`), name);
      for (const header of [
        "Origin: https://evil.example",
        "Referer: https://evil.example/x",
        "Sec-Fetch-Site: cross-site",
      ]) {
        refused(await send(socketPath, method, path, `${header}\r\n`), 403, /does not answer browsers/, name);
      }
      const foreign = `${method} ${path} HTTP/1.1\r\nHost: evil.example:80\r\nConnection: close\r\n\r\n`;
      refused(await raw(socketPath, foreign), 403, /does not answer browsers or other hosts/, name);
    });
  });

  it("for what is not there", async () => {
    for (const { server } of roles) {
      for (const path of ["/", "/v2/status", "/v1/status/", "//", "/v1/%zz", "*", "http://[", `/${"x".repeat(8000)}`]) {
        refused(await send(server.socketPath, "GET", path), 404, /has no GET .*\/v1\/status/, path.slice(0, 20));
      }
    }
  });

  it("that are no HTTP, or stop half-way: answered or cut off in time, and the next one is served", async () => {
    for (const { role, server } of roles) {
      const { socketPath } = server;
      for (const junk of [
        "\0\0\0",
        "GET\r\n\r\n",
        "GET / HTTP/9.9\r\n\r\n",
        `GET / HTTP/1.1\r\nX: ${"x".repeat(70_000)}\r\n\r\n`,
      ]) {
        assert.ok([400, 431].includes((await raw(socketPath, junk)).status), `${role} ${junk.slice(0, 20)}`);
      }
      const halves = [
        "",
        "GET /v1/sta",
        "POST /v1/up HTTP/1.1\r\nHost: meshd\r\n",
        `POST /v1/up HTTP/1.1\r\nHost: meshd\r\n${JSON_TYPE}Content-Length: 99\r\n\r\n{`,
      ];
      const answers = await Promise.all(halves.slice(1).map((half) => raw(socketPath, half, false)));
      for (const { status } of answers) assert.ok([0, 404, 408].includes(status), `${role} ${String(status)}`);
      await raw(socketPath, "");
      if (role === "daemon") assert.equal((await send(socketPath, "GET", "/v1/status")).status, 200);
    }
  });
});
