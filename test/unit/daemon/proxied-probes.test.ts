// netcheck's looks at TCP through an HTTP proxy, against a small one.
import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import { findPortal, timeConnection } from "../../../src/daemon/proxied-probes.ts";

/** Nobody is there: what is found of it came through the proxy. */
const HOST = "192.0.2.1";
const OTHER_HOST = "192.0.2.2";

let proxy: Server;
let environment: Readonly<Record<string, string>>;
const asked: (readonly [target: string | undefined, authorization: string | undefined])[] = [];

before(async () => {
  proxy = createServer((request, response) => {
    asked.push([request.url, request.headers["proxy-authorization"]]);
    response.writeHead(302, { location: "http://login.example/" }).end();
  });
  proxy.on("connect", (request, socket) => {
    socket.end(request.url === `${HOST}:443` ? "HTTP/1.1 200 OK\r\n\r\n" : "HTTP/1.1 403 Forbidden\r\n\r\n");
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const { port } = proxy.address() as AddressInfo;
  environment = { HTTPS_PROXY: `http://me:secret@127.0.0.1:${String(port)}` };
});

after(() => {
  proxy.close();
  proxy.closeAllConnections();
});

test("a connection is timed through the proxy; what it refuses is no connection", async () => {
  const at = (host: string) => ({ host, port: 443 });
  assert.ok(((await timeConnection([at(HOST)], environment)) ?? -1) >= 0);
  assert.equal(await timeConnection([at(OTHER_HOST)], environment), undefined);
  assert.ok(((await timeConnection([at(OTHER_HOST), at(HOST)], environment)) ?? -1) >= 0, "one will do");
  assert.equal(await timeConnection([at(HOST)], { HTTPS_PROXY: "ftp://nonsense" }), undefined);
  assert.equal(await timeConnection([], environment), undefined);
});

test("the proxy is asked for the page itself, with its password", async () => {
  const redirected = { status: 302, redirectHost: "login.example" };
  assert.deepEqual(await findPortal(HOST, environment), redirected);
  assert.deepEqual(await findPortal("2001:db8::1", environment), redirected);
  const authorization = `Basic ${Buffer.from("me:secret").toString("base64")}`;
  assert.deepEqual(asked, [
    [`http://${HOST}/`, authorization],
    ["http://[2001:db8::1]/", authorization],
  ]);
});
