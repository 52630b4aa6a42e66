import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, type TestContext, test } from "node:test";
import pino from "pino";
import { OfferedRelay, type OfferSettings } from "../../../src/daemon/offered-relay.ts";
import { FakeServerEngine } from "../../../src/engine/fake.ts";
import {
  generateSigningKey,
  issueTicket,
  meshIdOf,
  nodeKeyOf,
  randomBytes,
  signRelayRegister,
  sodiumReady,
} from "../../../src/identity/index.ts";
import type { SocketAddress } from "../../../src/protocol/address.ts";
import type { Candidate } from "../../../src/protocol/candidate.ts";
import type { RelayOfferAnswerMessage } from "../../../src/protocol/messages.ts";
import { encodeRelayRegister } from "../../../src/protocol/relay-codec.ts";

before(sodiumReady);

const on: OfferSettings = { offerRelay: true, relayPort: 0, relayRate: 80_000_000, portMapping: false };
const off: OfferSettings = { ...on, offerRelay: false };
const taken = (): Error => Object.assign(new Error("taken"), { code: "EADDRINUSE" });
const candidate = (kind: Candidate["kind"], address: string): Candidate => ({
  kind,
  address: address as SocketAddress,
});

class Bench {
  readonly root = generateSigningKey();
  readonly node = generateSigningKey();
  readonly engines: FakeServerEngine[] = [];
  readonly refusals: Error[] = [];
  readonly told: (readonly string[])[] = [];
  candidates: readonly Candidate[] = [candidate("host", "10.0.0.2:5"), candidate("reflexive", "203.0.113.7:9")];
  mapped: readonly string[] = [];
  mappings = 0;
  readonly relay: OfferedRelay;

  constructor(context: TestContext) {
    const stateDir = mkdtempSync(join(tmpdir(), "meshd-offer-"));
    context.after(() => rmSync(stateDir, { recursive: true }));
    this.relay = new OfferedRelay({
      openServer: (options, handlers) => {
        const refusal = this.refusals.shift();
        if (refusal !== undefined) throw refusal;
        const engine = new FakeServerEngine(options, handlers);
        this.engines.push(engine);
        return engine;
      },
      families: { hasIpv4: true, hasIpv6: true },
      node: this.node,
      rootKey: this.root.publicKey,
      stateDir,
      candidates: () => this.candidates,
      mapPort: () => {
        this.mappings++;
        return {
          external: () => this.mapped as readonly SocketAddress[],
          networkChanged: () => undefined,
          close: async () => {
            this.mappings--;
          },
        };
      },
      tell: (addresses) => {
        this.told.push([...addresses]);
      },
      onChange: () => undefined,
      log: pino({ enabled: false }),
    });
  }

  get engine(): FakeServerEngine {
    const engine = this.engines.at(-1);
    assert.ok(engine);
    return engine;
  }

  /** A member registers; how many are admitted then. */
  register(): { readonly admitted: number; readonly nodeKey: ReturnType<typeof nodeKeyOf> } {
    const member = generateSigningKey();
    const nodeKey = nodeKeyOf(member);
    const relayKey = this.node.publicKey;
    const meshId = meshIdOf(this.root.publicKey);
    const [nonce, cookie] = [randomBytes(16), randomBytes(16)];
    const ticket = issueTicket(this.root, {
      ...{ nodeKey, relayKey },
      notBeforeUnixMs: Date.now() - 1000,
      notAfterUnixMs: Date.now() + 60_000,
    });
    const signature = signRelayRegister(member, { meshId, relayKey, nonce }, cookie);
    const body = encodeRelayRegister({ ticket, signature });
    this.engine.handlers.onRegister([{ socket: 0, address: "192.0.2.1:7", nonce, cookie, body }]);
    return { admitted: this.engine.admitted.length, nodeKey };
  }

  answer(status: RelayOfferAnswerMessage["status"]): void {
    const udpAddresses = status === "accepted" ? ["203.0.113.7:41443" as SocketAddress] : [];
    this.relay.handleAnswer({
      kind: "relay-offer-answer",
      status,
      relay: status === "accepted" ? "laptop" : "",
      udpAddresses,
    });
  }
}

const revocations = { kind: "relay-revocations", restored: [], coordinators: [], name: "" } as const;

void test("an offer opens a relay with limits on one port of both families, and says where it may be", async (context) => {
  const bench = new Bench(context);
  await bench.relay.apply(on);
  assert.deepEqual(
    bench.engine.options.listen.map(({ address, relay }) => [address, relay]),
    [
      ["0.0.0.0:41443", true],
      ["[::]:41443", true],
    ],
  );
  assert.deepEqual([bench.engine.options.clientRate, bench.engine.options.totalRate], [5_000_000, 10_000_000]);
  assert.deepEqual(bench.told, [["203.0.113.7:41443", "10.0.0.2:41443"]]);
  assert.equal((await bench.relay.status())?.state, "checking");
  bench.answer("accepted");
  assert.deepEqual(await bench.relay.status(), {
    ...{ state: "accepted", name: "laptop", port: 41443, addresses: ["203.0.113.7:41443"] },
    ...{ clients: 0, forwardedBytes: 0 },
  });
  bench.candidates = [candidate("host", "10.0.0.3:5")];
  bench.relay.addressesChanged();
  assert.deepEqual(bench.told.at(-1), ["10.0.0.3:41443"]);
  await bench.relay.apply(off);
  assert.deepEqual([bench.told.at(-1), bench.engine.closed, await bench.relay.status()], [[], true, undefined]);
});

void test("the port of before is taken again; a chosen one or none", async (context) => {
  const bench = new Bench(context);
  bench.refusals.push(taken());
  await bench.relay.apply(on);
  const port = (await bench.relay.status())?.port;
  assert.ok(port !== undefined && port !== 41443);
  await bench.relay.apply(off);
  await bench.relay.apply(on);
  assert.equal((await bench.relay.status())?.port, port);
  bench.refusals.push(taken());
  await bench.relay.apply({ ...on, relayPort: 5000 });
  assert.equal((await bench.relay.status())?.state, "failed");
  assert.match(bench.relay.health.join(), /^UDP port 5000 .* --relay-port; .* takes the offer back$/);
  assert.deepEqual(bench.told.at(-1), []);
  await bench.relay.apply({ ...on, relayPort: 5001 });
  assert.deepEqual([(await bench.relay.status())?.port, bench.relay.health], [5001, []]);
});

void test("nobody is admitted before the coordinator said who is no member, and those never", async (context) => {
  const bench = new Bench(context);
  await bench.relay.apply(on);
  assert.equal(bench.register().admitted, 0);
  bench.relay.handleRevocations({ ...revocations, full: true, nodeKeys: [] });
  const { admitted, nodeKey } = bench.register();
  assert.equal(admitted, 1);
  bench.relay.handleRevocations({ ...revocations, full: false, nodeKeys: [nodeKey] });
  assert.equal(bench.engine.revoked.length, 1);
});

void test("what stands in the way is said, with what to do", async (context) => {
  const bench = new Bench(context);
  await bench.relay.apply(on);
  for (const [status, words] of [
    ["unreachable", /cannot reach it at 203.0.113.7:41443, 10.0.0.2:41443; open UDP port 41443 .*router/],
    ["not-wanted", /takes no relays .* takes the offer back/],
    ["full", /offer relays already/],
    ["refused", /operator of this mesh refuses the relay .* takes the offer back/],
  ] as const) {
    bench.answer(status);
    assert.match(bench.relay.health.join("\n"), words);
  }
  bench.answer("accepted");
  assert.deepEqual(bench.relay.health, []);
  bench.engine.handlers.onFatal("it broke");
  assert.match(bench.relay.health.join(), /stopped: it broke/);
});

void test("a port of the router leads to it, and is given back", async (context) => {
  const bench = new Bench(context);
  bench.mapped = ["198.51.100.1:6000"];
  await bench.relay.apply({ ...on, portMapping: true });
  assert.deepEqual([bench.mappings, bench.told.at(-1)?.[0]], [1, "198.51.100.1:6000"]);
  await bench.relay.close();
  assert.equal(bench.mappings, 0);
});
