// This host: DNS queries of its programs, requests to the local API, answers of the local API, resolv.conf, the kernel's routing tables.
import assert from "node:assert/strict";
import { connect } from "node:net";
import { join } from "node:path";
import packet from "dns-packet";
import { parseKeyRequest, parseRelayRequest, parseRename } from "../../../src/coordinator/admin-requests.ts";
import { upRequestFrom } from "../../../src/daemon/settings.ts";
import { formatManaged, parseManaged, parseResolvConf } from "../../../src/dns/resolv-conf.ts";
import { createZone, reverseIp, serverFailure } from "../../../src/dns/zone.ts";
import { parseRoutes4, parseRoutes6 } from "../../../src/host/gateway.ts";
import { routes4, routes6 } from "../../../src/host/routes.ts";
import { type Route, serveLocalApi } from "../../../src/local-api/index.ts";
import { fromErrorBody } from "../../../src/local-api/wire.ts";
import { parseIp } from "../../../src/protocol/address.ts";
import { MeshdError } from "../../../src/protocol/errors.ts";
import { fromJson, fromText, utf8 } from "../input.ts";
import { scratchFolder } from "../scratch.ts";
import { type Target, unlessRefused } from "../target.ts";

const ZONE = createZone({
  domain: "mesh",
  prefixes: ["100.64.0.0/10", "fd7a:1:2::/48"],
  records: [{ name: "laptop", ips: ["100.64.0.1", "fd7a:1:2::1"] }],
});

const query = (name: string, type: string): Uint8Array =>
  new Uint8Array(
    packet.encode({
      id: 4711,
      type: "query",
      flags: packet.RECURSION_DESIRED,
      questions: [{ name, type, class: "IN" }],
    }),
  );

export const dnsQuery: Target = {
  name: "dns-query",
  maxBytes: 1500,
  seeds: () => [
    query("laptop.mesh", "A"),
    query("laptop.mesh", "AAAA"),
    query("laptop", "ANY"),
    query("1.0.64.100.in-addr.arpa", "PTR"),
    query("nobody.mesh", "A"),
    query("example.com", "MX"),
  ],
  run(input) {
    const datagram = Buffer.from(input);
    const failure = serverFailure(datagram);
    const answer = ZONE.answer(datagram);
    const responses = [failure, answer?.kind === "answer" ? answer.response : undefined];
    for (const response of responses) {
      if (response === undefined) continue;
      const decoded = packet.decode(response);
      assert.ok(decoded.type === "response" && decoded.questions?.length === 1);
      assert.equal(decoded.id, datagram.readUInt16BE(0), "the answer is to that query");
      const asked = datagram.subarray(12, datagram.indexOf(0, 12) + 1);
      assert.ok(Buffer.from(response).subarray(12).indexOf(asked) === 0, "and repeats its question");
    }
  },
};

export const reverseName: Target = {
  name: "reverse-name",
  maxBytes: 200,
  seeds: () => fromText("1.0.64.100.in-addr.arpa", `${"1.0.".repeat(16)}ip6.arpa`),
  run(input) {
    const ip = reverseIp(utf8(input));
    if (ip !== undefined) assert.equal(parseIp(ip), ip);
  },
};

export const resolvConf: Target = {
  name: "resolv-conf",
  maxBytes: 1500,
  seeds: () =>
    fromText(
      "nameserver 192.0.2.53\nsearch example.com corp\noptions rotate ndots:2\n",
      formatManaged(
        {
          owners: [{ id: "ab-cd", boot: "b", pidNamespace: "4026531836", pid: 7, domain: "mesh" }],
          previous: "nameserver 192.0.2.53\ndomain x",
        },
        "100.100.100.53",
      ),
    ),
  run(input) {
    const text = utf8(input);
    parseResolvConf(text);
    const managed = parseManaged(text);
    if (managed === undefined) return;
    const again = parseManaged(formatManaged(managed, "100.100.100.53"));
    assert.equal(again?.previous, managed.previous, "what was there before is never lost");
  },
};

/** Bodies of requests, as JSON. */
export const apiBody: Target = {
  name: "api-body",
  maxBytes: 2000,
  seeds: () =>
    fromJson(
      { reusable: true, ephemeral: false, tags: ["tag:server", "x"], expiresInMs: 1000 },
      { name: "frankfurt" },
      { hostname: "laptop", port: 41641, acceptDns: true, tun: "mesh0", timeoutMs: 1000, operator: "ada" },
      { error: { code: "x", exitCode: 3, message: "y" } },
    ),
  run(input) {
    const body = unlessRefused<unknown>(() => JSON.parse(utf8(input)), SyntaxError);
    for (const parse of [parseKeyRequest, parseRename, parseRelayRequest]) {
      unlessRefused<unknown>(() => parse(body), MeshdError);
    }
    fromErrorBody(body);
    if (typeof body === "object" && body !== null) upRequestFrom(body as Readonly<Record<string, unknown>>);
  },
};

/** Longer than a server keeps an idle connection (Node: 5 s): what is open then stays open. */
const PATIENCE_MS = 8000;
const PATIENCE = { headersMs: 50, requestMs: 50, checkMs: 25 };
const ROUTES: readonly Route[] = [
  { method: "GET", path: "/v1/status", access: "read", handle: () => ({ kind: "json", body: {} }) },
  { method: "POST", path: "/v1/peers/:name", access: "change", handle: ({ body }) => ({ kind: "json", body }) },
];

/** Raw bytes on the socket: whatever they are, the server ends the connection, and serves the next one. */
export const apiRequest = async (): Promise<Target> => {
  const folder = scratchFolder();
  const socketPath = join(folder, "api.sock");
  const credentials = () => ({ pid: 1, uid: 0, gid: 0 });
  const server = await serveLocalApi({ socketPath, role: "daemon", routes: ROUTES, credentials, patience: PATIENCE });
  return {
    name: "api-request",
    maxBytes: 4000,
    close: () => server.close(),
    seeds: () =>
      fromText(
        "GET /v1/status HTTP/1.1\r\nHost: meshd\r\nConnection: close\r\n\r\n",
        'POST /v1/peers/a%20b?x=1 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 7\r\n\r\n{"a":1}',
        "POST /v1/peers/a HTTP/1.1\r\nHost: meshd\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        "GET http://[::1]:1/ HTTP/1.1\r\nHost: meshd\r\nOrigin: x\r\n\r\n",
      ),
    run: (input) =>
      new Promise((resolve, reject) => {
        const socket = connect(server.socketPath);
        const giveUp = setTimeout(() => {
          reject(
            new Error(`the connection was left open after ${answered} bytes, ${socket.readyState}, ${events.join()}`),
          );
          socket.destroy();
        }, PATIENCE_MS);
        let answered = 0;
        const events: string[] = [];
        for (const name of ["connect", "finish", "end", "error"]) socket.once(name, () => events.push(name));
        socket.on("data", (chunk) => (answered += chunk.length));
        // A server may hang up while we still write.
        socket.on("error", () => undefined);
        socket.once("close", () => {
          clearTimeout(giveUp);
          if (answered > 3000 + 64 * input.length) reject(new Error(`${answered} bytes for ${input.length}`));
          else resolve();
        });
        socket.end(input);
      }),
  };
};

export const routingTables: Target = {
  name: "routing-tables",
  maxBytes: 1500,
  seeds: () =>
    fromText(
      "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\neth0\t00000000\t0102A8C0\t0003\t0\t0\t100\t00000000\neth0\t0002A8C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\n",
      `${"0".repeat(32)} 00 ${"0".repeat(32)} 00 fe800000000000000000000000000001 00000400 00000001 00000000 00000003     eth0\n`,
    ),
  run(input) {
    const table = utf8(input);
    for (const route of [parseRoutes4(table, "mesh0"), parseRoutes6(table, "mesh0")]) {
      if (route !== undefined) assert.equal(parseIp(route.ip), route.ip);
    }
    for (const { destination } of [...routes4(table), ...routes6(table)]) {
      const [ip = ""] = destination.split("/");
      assert.equal(parseIp(ip), ip);
    }
  },
};
