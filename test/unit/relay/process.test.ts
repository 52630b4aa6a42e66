// A relay by itself and a coordinator, on loopback.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import pino from "pino";
import { startCoordinator } from "../../../src/coordinator/index.ts";
import { FakeServerEngine } from "../../../src/engine/fake.ts";
import type { OpenServerEngine } from "../../../src/engine/index.ts";
import { meshIdOf, parseAuthKey, randomBytes, signRelayRegister } from "../../../src/identity/index.ts";
import { createLocalApiClient } from "../../../src/local-api/client.ts";
import type { CreatedRelay, RelayRecord } from "../../../src/local-api/admin-api.ts";
import type { MeshdError } from "../../../src/protocol/errors.ts";
import { nodeKeyFromBytes } from "../../../src/protocol/node-key.ts";
import { encodeRelayRegister } from "../../../src/protocol/relay-codec.ts";
import { startRelay } from "../../../src/relay/process.ts";
import { Revocations } from "../../../src/relay/revocations.ts";
import { loadRelayState } from "../../../src/relay/state-file.ts";
import { TestNode } from "../coordinator/test-node.ts";

const log = pino({ enabled: false });
const openEngine: OpenServerEngine = (options, handlers) => new FakeServerEngine(options, handlers);
const credentials = () => ({ pid: 1, uid: process.getuid?.() ?? 0, gid: 0 });
const common = { version: "1", log, recentLog: () => [], openEngine, credentials, clientRate: 0 };

function directory(context: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "meshd-relay-"));
  context.after(() => rmSync(path, { recursive: true }));
  return path;
}

async function until<T>(what: () => Promise<T | undefined>): Promise<T> {
  for (let tries = 0; tries < 100; tries++) {
    const value = await what();
    if (value !== undefined) return value;
    await sleep(50);
  }
  throw new Error("it did not happen");
}

void test("a relay joins, is announced, resumes without its token, and ends when it is removed", async (context) => {
  const dir = directory(context);
  const socketPath = join(dir, "c.sock");
  const coordinator = await startCoordinator({
    ...common,
    stateDir: join(dir, "c"),
    socketPath,
    listen: { host: "127.0.0.1", port: 0 },
    stunListen: { host: "127.0.0.1", port: 3478 },
    hasRelay: true,
    takesOffers: true,
    onFatal: assert.ifError,
  });
  context.after(() => coordinator.stop());
  const admin = createLocalApiClient(socketPath, "coordinator");
  const created = (await admin.request("POST", "/v1/relays", { name: "fra" })) as CreatedRelay;
  assert.match(created.token, /^meshrelay-/);
  const failures: MeshdError[] = [];
  const start = (token: string | undefined) =>
    startRelay({
      ...common,
      stateDir: join(dir, "r"),
      socketPath: join(dir, "r.sock"),
      listen: { host: "127.0.0.1", port: 4443 },
      region: "eu",
      token,
      onFatal: (error) => failures.push(error),
    });
  const record = async () => ((await admin.request("GET", "/v1/relays")) as readonly RelayRecord[])[0];

  const relay = await start(created.token);
  assert.equal(await relay.joined, "fra");
  const online = await until(async () => ((await record())?.udpAddresses.length === 1 ? record() : undefined));
  assert.deepEqual([online.state, online.region, online.udpAddresses], ["online", "eu", ["127.0.0.1:4443"]]);
  await relay.stop();
  await until(async () => ((await record())?.state === "offline" ? true : undefined));
  assert.equal((await loadRelayState(join(dir, "r")))?.name, "fra");

  const resumed = await start(undefined);
  context.after(() => resumed.stop());
  await until(async () => ((await record())?.state === "online" ? true : undefined));
  await admin.request("DELETE", "/v1/relays/fra");
  await until(() => Promise.resolve(failures[0]));
  assert.deepEqual([failures.length, failures[0]?.code], [1, "relay-refused"]);
});

void test("where a relay sees a node is told to who is to probe it, whatever the node says", async (context) => {
  const dir = directory(context);
  const socketPath = join(dir, "c.sock");
  const listen = { host: "127.0.0.1", port: 0 };
  const coordinator = await startCoordinator({
    ...{ ...common, socketPath, listen, hasRelay: false, takesOffers: true, onFatal: assert.ifError },
    stateDir: join(dir, "c"),
    stunListen: { host: "127.0.0.1", port: 3478 },
  });
  context.after(() => coordinator.stop());
  const admin = createLocalApiClient(socketPath, "coordinator");
  const { token } = (await admin.request("POST", "/v1/relays", { name: "fra" })) as CreatedRelay;
  const engines: FakeServerEngine[] = [];
  const relay = await startRelay({
    ...{
      ...common,
      token,
      region: "",
      onFatal: assert.ifError,
      stateDir: join(dir, "r"),
      socketPath: join(dir, "r.sock"),
    },
    listen: { host: "127.0.0.1", port: 4443 },
    openEngine: (options, handlers) => {
      const engine = new FakeServerEngine(options, handlers);
      engines.push(engine);
      return engine;
    },
  });
  context.after(() => relay.stop());
  const invitation = parseAuthKey(coordinator.firstKey ?? "");
  const [phone, laptop] = [new TestNode("phone"), new TestNode("laptop")];
  for (const node of [phone, laptop]) await node.connect(invitation);
  await phone.until(({ relays }) => relays.has("fra"));
  const relayKey = phone.view.relays.get("fra")?.key ?? new Uint8Array();
  const { ticket } = await phone.hears("ticket-grant");
  const [nonce, cookie] = [randomBytes(16), randomBytes(16)];
  const proof = { meshId: meshIdOf(invitation.rootKey), relayKey, nonce };
  const body = encodeRelayRegister({ ticket, signature: signRelayRegister(phone.key, proof, cookie) });
  engines[0]?.handlers.onRegister([{ socket: 0, address: "203.0.113.77:9", nonce, cookie, body }]);
  assert.equal(engines[0]?.admitted.length, 1);
  await until(async () => {
    laptop.heard.length = 0;
    laptop.say({ kind: "punch-request", peer: phone.nodeKey, candidates: [], attempt: 1 });
    const { observed } = await laptop.hears("punch-notice");
    return observed.includes("203.0.113.77") ? true : undefined;
  });
  for (const node of [phone, laptop]) await node.disconnect();
});

void test("a relay that never joined needs a token", async (context) => {
  const dir = directory(context);
  const options = { ...common, stateDir: dir, socketPath: join(dir, "s"), listen: { port: 0 }, region: "" };
  await assert.rejects(startRelay({ ...options, token: undefined, onFatal: assert.ifError }), { code: "not-joined" });
});

void test("revocations add up, are taken back, and are replaced as a whole", () => {
  const [a, b, c] = [1, 2, 3].map((byte) => nodeKeyFromBytes(new Uint8Array(32).fill(byte)));
  assert.ok(a !== undefined && b !== undefined && c !== undefined);
  const revocations = new Revocations([a]);
  assert.deepEqual(revocations.apply({ full: false, nodeKeys: [a, b], restored: [] }), [b]);
  assert.deepEqual(revocations.apply({ full: false, nodeKeys: [], restored: [a] }), []);
  assert.deepEqual([revocations.has(a), revocations.has(b)], [false, true]);
  assert.deepEqual(revocations.apply({ full: true, nodeKeys: [c], restored: [] }), [c]);
  assert.deepEqual(revocations.all(), [c]);
});
