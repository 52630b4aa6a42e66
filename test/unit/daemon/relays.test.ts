// When a node turns to its relays' TCP addresses, with a network that lets no UDP through.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { Driver } from "../../../src/daemon/driver.ts";
import { Relays } from "../../../src/daemon/relays.ts";
import { TicketStore } from "../../../src/daemon/ticket-store.ts";
import { fakeNodeEngines } from "../../../src/engine/fake.ts";
import { generateDiscoKey, generateSigningKey, meshIdOf, sodiumReady } from "../../../src/identity/index.ts";
import type { NetmapView } from "../../../src/netmap/index.ts";
import type { RelayEntry } from "../../../src/protocol/messages.ts";
import { TestClock } from "./test-clock.ts";

const directory = await mkdtemp(join(tmpdir(), "meshd-relays-"));
before(sodiumReady);
after(() => rm(directory, { recursive: true }));

const COORDINATOR = { host: "203.0.113.1", port: 443 };

/** Milliseconds until the first stream is asked for, by a node that hears nothing over UDP. */
async function turnsToTcpAfter(prepare: (relays: Relays) => void): Promise<number> {
  const root = generateSigningKey();
  const clock = new TestClock();
  let askedAt: number | undefined;
  const relays = new Relays({
    engine: fakeNodeEngines().open(
      { port: 0, nodeSeed: new Uint8Array(32), bootId: new Uint8Array(8) },
      () => undefined,
    ),
    driver: new Driver(clock),
    identity: { node: generateSigningKey(), disco: generateDiscoKey() },
    meshId: meshIdOf(root.publicKey),
    tickets: await TicketStore.load(directory),
    openStream: () => {
      askedAt ??= clock.now();
      return Promise.reject(new Error("nobody there"));
    },
    requestTickets: () => undefined,
    onChange: () => undefined,
    onObserved: () => undefined,
    onLog: () => undefined,
  });
  prepare(relays);
  relays.applyNetmap(netmapWith("203.0.113.1:443"));
  while (askedAt === undefined && clock.now() < 1000) {
    clock.advanceTo(clock.now() + 1);
    await turn();
  }
  relays.close();
  return askedAt ?? Infinity;
}

function netmapWith(tcpAddress: string): NetmapView {
  const entry: RelayEntry = {
    kind: "relay",
    relay: "main",
    key: generateSigningKey().publicKey,
    region: "",
    udpAddresses: [],
    tcpAddresses: [tcpAddress],
    away: false,
    offered: false,
  };
  const relays = new Map([[entry.relay, entry]]);
  return { epoch: 1, version: 1, mesh: undefined, self: undefined, peers: new Map(), relays, problems: [] };
}

void test("a relay of unknown distance is given the time that RFC 8305 recommends", async () => {
  assert.equal(await turnsToTcpAfter(() => undefined), 250);
});

void test("the coordinator's answer tells how soon a relay on its machine would have answered", async () => {
  assert.equal(await turnsToTcpAfter((relays) => relays.handleCoordinator(COORDINATOR, 20)), 50);
  assert.equal(await turnsToTcpAfter((relays) => relays.handleCoordinator(COORDINATOR, 160)), 190);
});

void test("a coordinator on another machine than the relays tells nothing of them", async () => {
  const elsewhere = { host: "203.0.113.2", port: 443 };
  assert.equal(await turnsToTcpAfter((relays) => relays.handleCoordinator(elsewhere, 20)), 250);
});
