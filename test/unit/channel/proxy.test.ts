import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { type TestContext, test } from "node:test";
import type { ByteStream } from "../../../src/channel/index.ts";
import { connectWebTransport, listenWebTransport, makeSelfSignedCertificate } from "../../../src/channel/index.ts";
import { chooseProxy } from "../../../src/channel/proxy.ts";
import { openTunnel } from "../../../src/channel/proxy-tunnel.ts";
import { parseHostPort } from "../../../src/protocol/address.ts";

function choose(target: string, environment: Readonly<Record<string, string>>): string {
  const at = parseHostPort(target);
  assert.ok(at !== undefined);
  const choice = chooseProxy(at, environment);
  if (choice.kind !== "proxy") return choice.kind;
  const { at: proxy, isTls, authorization } = choice.proxy;
  const credentials = authorization === undefined ? "" : ` ${Buffer.from(authorization.reveal()).toString()}`;
  return `${isTls ? "tls " : ""}${proxy.host} ${proxy.port}${credentials}`;
}

void test("HTTPS_PROXY is read as others read it", () => {
  const target = "vpn.example.org:443";
  assert.equal(choose(target, {}), "none");
  assert.equal(choose(target, { HTTPS_PROXY: "" }), "none");
  assert.equal(choose(target, { https_proxy: "http://proxy.corp:3128" }), "proxy.corp 3128");
  assert.equal(choose(target, { HTTPS_PROXY: "proxy.corp:3128", https_proxy: "http://other" }), "proxy.corp 3128");
  assert.equal(choose(target, { HTTPS_PROXY: "http://[2001:db8::1]/" }), "2001:db8::1 80");
  assert.equal(choose(target, { HTTPS_PROXY: "https://proxy.corp" }), "tls proxy.corp 443");
  assert.equal(
    choose(target, { HTTPS_PROXY: "http://ann:p%40ss@proxy.corp:8080" }),
    `proxy.corp 8080 Basic ${Buffer.from("ann:p@ss").toString("base64")}`,
  );
  assert.equal(choose(target, { HTTPS_PROXY: "socks5://proxy.corp" }), "malformed");
  assert.equal(choose(target, { HTTPS_PROXY: "http://" }), "malformed");
});

void test("NO_PROXY exempts names, what is below them, addresses and ports", () => {
  const proxy = { HTTPS_PROXY: "http://proxy" };
  const isExempt = (target: string, list: string): boolean => choose(target, { ...proxy, NO_PROXY: list }) === "none";
  assert.ok(isExempt("vpn.example.org:443", "a.b, .example.org"));
  assert.ok(isExempt("vpn.example.org:443", "*.example.org"));
  assert.ok(isExempt("vpn.example.org:443", "EXAMPLE.org:443"));
  assert.ok(isExempt("192.0.2.1:443", "192.0.2.1"));
  assert.ok(isExempt("[2001:db8::1]:443", "2001:db8::1"));
  assert.ok(isExempt("[2001:db8::1]:443", "[2001:db8::1]:443"));
  assert.ok(isExempt("vpn.example.org:443", "*"));
  assert.ok(!isExempt("vpn.example.org:443", "example.org:8443"));
  assert.ok(!isExempt("vpnexample.org:443", "example.org"));
  assert.ok(!isExempt("192.0.2.1:443", ", ,"));
  assert.equal(choose("127.0.0.1:443", proxy), "none");
});

/** A proxy that wants a password if one is given. */
async function startProxy(context: TestContext, password?: string) {
  const asked: string[] = [];
  const server = createServer();
  server.on("connect", (request, client, head) => {
    asked.push(request.url ?? "");
    const credentials = Buffer.from(`ann:${password ?? ""}`).toString("base64");
    if (password !== undefined && request.headers["proxy-authorization"] !== `Basic ${credentials}`) {
      client.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
      return;
    }
    // Names stand for this host.
    const upstream = connect(Number(request.url?.split(":")[1]), "127.0.0.1", () => {
      client.write("HTTP/1.1 200 Connection established\r\n\r\n");
      upstream.write(head);
      upstream.pipe(client).pipe(upstream);
    });
    upstream.on("error", () => client.destroy());
    client.on("error", () => upstream.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, asked };
}

async function echo(stream: ByteStream): Promise<void> {
  for (let bytes = await stream.read(); bytes !== undefined; bytes = await stream.read()) await stream.write(bytes);
  await stream.close();
}

async function startEcho(context: TestContext) {
  const listener = await listenWebTransport({
    ...{ host: "127.0.0.1", port: 0, certificate: await makeSelfSignedCertificate(), maxSessions: 4 },
    onStream: {
      relay: (stream) => void echo(stream),
    },
  });
  context.after(() => listener.close());
  return listener;
}

void test("a session goes through the proxy, by name and with a password, and ends whole", async (context) => {
  const [proxy, echo] = [await startProxy(context, "p@ss"), await startEcho(context)];
  const at = { host: "vpn.example.org", port: echo.port };
  const environment = { HTTPS_PROXY: `http://ann:p%40ss@127.0.0.1:${proxy.port}` };
  const stream = await connectWebTransport(at, { purpose: "relay", timeoutMs: 5000, environment });
  await stream.write(Buffer.from("through"));
  assert.equal(Buffer.from((await stream.read()) ?? []).toString(), "through");
  assert.deepEqual(proxy.asked, [`vpn.example.org:${echo.port}`]);
  await stream.close();
});

void test("what the proxy refuses is said, without the password", async (context) => {
  const proxy = await startProxy(context, "right");
  const environment = { HTTPS_PROXY: `http://ann:wrong@127.0.0.1:${proxy.port}` };
  await assert.rejects(
    connectWebTransport({ host: "vpn.example.org", port: 443 }, { timeoutMs: 5000, environment }),
    (error: Error) => /407.*HTTPS_PROXY/.test(error.message) && !error.message.includes("wrong"),
  );
  const malformed = { HTTPS_PROXY: "socks5://ann:wrong@proxy" };
  await assert.rejects(
    connectWebTransport({ host: "vpn.example.org", port: 443 }, { timeoutMs: 5000, environment: malformed }),
    (error: Error) => error.message.includes("HTTPS_PROXY") && !error.message.includes("wrong"),
  );
  await assert.rejects(
    connectWebTransport(
      { host: "vpn.example.org", port: 443 },
      { timeoutMs: 5000, environment: { HTTPS_PROXY: "http://127.0.0.1:1" } },
    ),
    /proxy 127\.0\.0\.1:1 cannot be reached \(ECONNREFUSED\)/,
  );
});

void test("only the expected connection gets into the tunnel", async (context) => {
  const [proxy, echo] = [await startProxy(context), await startEcho(context)];
  const at = { host: "127.0.0.1", port: proxy.port };
  const tunnel = await openTunnel({ at, isTls: false }, { host: "a.example", port: echo.port }, { timeoutMs: 5000 });
  const stranger = connect(tunnel.entrance.port, "127.0.0.1");
  const ours = connect(tunnel.entrance.port, "127.0.0.1");
  await Promise.all([once(stranger, "connect"), once(ours, "connect")]);
  const { localPort } = ours;
  assert.ok(localPort !== undefined);
  tunnel.admit(localPort);
  await once(stranger, "close");
  assert.equal(ours.destroyed, false);
  const late = connect(tunnel.entrance.port, "127.0.0.1");
  await assert.rejects(once(late, "connect"), { code: "ECONNREFUSED" });
  tunnel.close();
  await once(ours, "close");
});

void test("however many knock before it, the expected connection gets in", async (context) => {
  const [proxy, echo] = [await startProxy(context), await startEcho(context)];
  const at = { host: "127.0.0.1", port: proxy.port };
  const tunnel = await openTunnel({ at, isTls: false }, { host: "a.example", port: echo.port }, { timeoutMs: 5000 });
  const strangers = Array.from({ length: 20 }, () =>
    connect(tunnel.entrance.port, "127.0.0.1").on("error", () => undefined),
  );
  await Promise.all(strangers.map((stranger) => once(stranger, "connect")));
  const ours = connect(tunnel.entrance.port, "127.0.0.1");
  await once(ours, "connect");
  tunnel.admit(ours.localPort ?? 0);
  for (const stranger of strangers) if (!stranger.closed) await once(stranger, "close");
  assert.equal(ours.destroyed, false);
  tunnel.close();
  await once(ours, "close");
});

/** Aborts in the turn after somebody has begun to listen to it for the `count`th time. */
function abortedAfterListening(count: number): AbortSignal {
  const controller = new AbortController();
  const { signal } = controller;
  const listen = signal.addEventListener.bind(signal);
  let times = 0;
  signal.addEventListener = (...args: Parameters<typeof listen>) => {
    listen(...args);
    times += 1;
    if (times === count) queueMicrotask(() => controller.abort());
  };
  return signal;
}

void test("a connection through a proxy can be given up at any moment", async (context) => {
  const [proxy, echo] = [await startProxy(context), await startEcho(context)];
  const environment = { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` };
  for (let count = 1; count <= 4; count++) {
    const options = { purpose: "relay", timeoutMs: 5000, environment, signal: abortedAfterListening(count) } as const;
    const end = await connectWebTransport({ host: "vpn.example.org", port: echo.port }, options).then(
      async (stream) => {
        await stream.close();
        return "connected";
      },
      (error: unknown) => (error as Error).message,
    );
    assert.match(end, /connected|was given up/, `${count}`);
  }
});
