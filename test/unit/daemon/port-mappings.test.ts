import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Driver } from "../../../src/daemon/driver.ts";
import { PortMappings } from "../../../src/daemon/port-mappings.ts";
import type { PortMappingIoEvents } from "../../../src/host/port-mapping-io.ts";
import type { NodeEngine } from "../../../src/engine/index.ts";
import type { Gateway, PortMappingTransmit } from "../../../src/nat/port-mapping/index.ts";
import { isPcp, pcpAnswer } from "../nat/port-mapping/fixtures.ts";

const HOME: Gateway = { family: 4, ip: "192.168.1.1", interfaceName: "eth0", localIp: "192.168.1.10" };
const CAFE: Gateway = { family: 4, ip: "10.0.0.1", interfaceName: "wlan0", localIp: "10.0.0.9" };

interface OpenedIo {
  readonly gateway: Gateway;
  readonly events: PortMappingIoEvents;
  readonly sent: PortMappingTransmit[];
  closed: boolean;
}

/** A host behind a router that speaks PCP, unless it is silent. */
function world() {
  const opened: OpenedIo[] = [];
  const state = { gateway: HOME as Gateway | undefined, port: 41641, silent: false, changes: 0 };
  const engine = {
    get port() {
      return state.port;
    },
    hasIpv4: true,
    hasIpv6: false,
  } as NodeEngine;
  const mappings = new PortMappings({
    engine,
    driver: new Driver(),
    tunName: "meshd0",
    host: {
      findGateway: async () => state.gateway,
      open: (gateway, events) => {
        const io: OpenedIo = { gateway, events, sent: [], closed: false };
        opened.push(io);
        return {
          send: (transmit) => {
            io.sent.push(transmit);
            if (state.silent || transmit.kind !== "datagram" || !isPcp(transmit)) return;
            const answer = pcpAnswer(transmit.data, { externalPort: state.port });
            setImmediate(() => events.onDatagram(answer, { ip: gateway.ip, port: 5351 }));
          },
          close: () => {
            io.closed = true;
          },
        };
      },
    },
    nonce: () => new Uint8Array(16).fill(3),
    onChange: () => {
      state.changes += 1;
    },
    onLog: () => undefined,
  });
  return { state, opened, mappings };
}

async function settle(): Promise<void> {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
}

describe("port mappings", () => {
  it("follow the switch, and are removed before it is off", async () => {
    const { mappings, opened, state } = world();
    await settle();
    assert.equal(opened.length, 0, "off until it is switched on");
    await mappings.setEnabled(true);
    await settle();
    assert.deepEqual(mappings.external(), ["203.0.113.7:41641"]);
    assert.equal(state.changes, 1);
    await mappings.setEnabled(false);
    assert.deepEqual(mappings.external(), []);
    const last = opened[0]?.sent.at(-1);
    assert.ok(last?.kind === "datagram" && Buffer.from(last.data).readUInt32BE(4) === 0, "a lifetime of zero");
    assert.equal(opened[0]?.closed, true);
  });

  it("move with the gateway, and with the engine's port", async () => {
    const { mappings, opened, state } = world();
    await mappings.setEnabled(true);
    await settle();
    state.gateway = CAFE;
    mappings.networkChanged();
    await settle();
    assert.deepEqual([opened[0]?.closed, opened[1]?.gateway], [true, CAFE]);
    state.port = 50_000;
    mappings.networkChanged();
    await settle();
    assert.deepEqual(mappings.external(), ["203.0.113.7:50000"]);
    state.gateway = undefined;
    mappings.networkChanged();
    await settle();
    assert.deepEqual(mappings.external(), []);
    assert.ok(opened.every(({ closed }) => closed));
    await mappings.close();
  });

  it("do not hold up the end when the router is gone, nor come after it", async () => {
    const { mappings, opened, state } = world();
    await mappings.setEnabled(true);
    await settle();
    state.silent = true;
    mappings.networkChanged();
    const started = performance.now();
    await mappings.close();
    assert.ok(performance.now() - started < 1500);
    await settle();
    assert.equal(opened.length, 1);
  });
});
