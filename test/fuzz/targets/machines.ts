// Machines that hear from the network, driven by a script: what arrives, and how much time passes between.
import assert from "node:assert/strict";
import { concat } from "../../../src/identity/hash.ts";
import {
  issueTicket,
  meshIdOf,
  nodeKeyOf,
  signingKeyFromSeed,
  signRelayAccepted,
} from "../../../src/identity/index.ts";
import { Reflexive } from "../../../src/nat/reflexive.ts";
import { RelaySession } from "../../../src/paths/relay-session.ts";
import { encodeRelayAccepted } from "../../../src/protocol/relay-codec.ts";
import {
  description,
  FROM_SERVER,
  FROM_SSDP,
  GATEWAY,
  mapperWorld,
  natPmpAddress,
  natPmpMapping,
  pcpAnnouncement,
  soapAnswer,
  soapFault,
  ssdpAnswer,
} from "../../unit/nat/port-mapping/fixtures.ts";
import { utf8 } from "../input.ts";
import { address, fill } from "../samples.ts";
import { records, script } from "../script.ts";
import type { Target } from "../target.ts";

const RELAY_ADDRESS = address("203.0.113.1:443");
const NODE = signingKeyFromSeed(fill(32, 1));
const RELAY = signingKeyFromSeed(fill(32, 2));
const ROOT = signingKeyFromSeed(fill(32, 3));
const MESH_ID = meshIdOf(ROOT.publicKey);
const TICKET = issueTicket(ROOT, {
  nodeKey: nodeKeyOf(NODE),
  relayKey: RELAY.publicKey,
  notBeforeUnixMs: 0,
  notAfterUnixMs: 10 ** 12,
});
const OBSERVED = address("198.51.100.7:41641");
/** No machine sends more for each thing that happens. */
const MAX_SENT = 64;

const milliseconds = ([high = 0, low = 0]: Uint8Array): number => (high * 256 + low) * 16;

interface Talkative {
  pollTransmit(): { readonly data: Uint8Array } | undefined;
  pollEvent(): unknown;
}

function drainInto(machine: Talkative, onSent: (data: Uint8Array) => void): void {
  let sent = 0;
  for (let out = machine.pollTransmit(); out !== undefined; out = machine.pollTransmit()) {
    assert.ok(sent++ < MAX_SENT);
    onSent(out.data);
  }
  for (let events = 0; machine.pollEvent() !== undefined; events++) assert.ok(events < MAX_SENT);
}

/** Kinds: 0 a datagram; 1 time; 2 a cookie for the last hello; 3 an acceptance that the relay signed; 4 a datagram of another's. */
export const relaySession: Target = {
  name: "relay-session",
  maxBytes: 1500,
  seeds: () => [
    script([2, fill(0)], [3, fill(4)], [1, Uint8Array.of(4, 0)], [0, concat([Uint8Array.of(17, 6), fill(30)])]),
    script([2, fill(0)], [3, fill(4, 0)], [0, Uint8Array.of(17, 7, 7, 7, 7, 7)], [1, Uint8Array.of(255, 0)]),
    script([0, concat([Uint8Array.of(17, 2), fill(32)])], [1, Uint8Array.of(1, 0)]),
  ],
  run(input) {
    const session = new RelaySession({ node: NODE, meshId: MESH_ID, relayKey: RELAY.publicKey, random: fill });
    let now = 0;
    let nonce = fill(16);
    const drain = (): void => drainInto(session, (data) => (nonce = data.slice(2, 18)));
    session.handleTicket(TICKET, now);
    session.handleAddresses([RELAY_ADDRESS], now);
    drain();
    for (const { kind, bytes } of records(input)) {
      if (kind % 5 === 0) session.handleDatagram(bytes, RELAY_ADDRESS, now);
      else if (kind % 5 === 1) {
        now += milliseconds(bytes);
        session.handleTimeout(now);
      } else if (kind % 5 === 2) {
        session.handleDatagram(concat([Uint8Array.of(17, 2), nonce, fill(16, 0xc0)]), RELAY_ADDRESS, now);
      } else if (kind % 5 === 3) session.handleDatagram(acceptance(nonce, bytes), RELAY_ADDRESS, now);
      else session.handleDatagram(bytes, OBSERVED, now);
      drain();
      const next = session.pollTimeout();
      assert.ok(next === undefined || !Number.isNaN(next));
    }
  },
};

function acceptance(nonce: Uint8Array, [high = 0, low = 0, refused = 0]: Uint8Array): Uint8Array {
  const session = high * 256 + low;
  const registration = { meshId: MESH_ID, nodeKey: nodeKeyOf(NODE), nonce };
  const signature = signRelayAccepted(RELAY, registration, { session, observed: OBSERVED });
  const refusal = refused === 1 ? "full" : refused === 2 ? "expired" : "accepted";
  const body = encodeRelayAccepted({ session, observed: OBSERVED, idleTimeoutMs: 60_000, signature, refused: refusal });
  return concat([Uint8Array.of(17, 4), nonce, body]);
}

/** Kinds: 0 from the gateway's port; 1 from its SSDP; 2 a response to the last request; 3 none; 4 time; 5 the network changed; 6 the end. */
export const portMapper: Target = {
  name: "port-mapper",
  maxBytes: 3000,
  seeds: () => {
    const xml = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));
    const upnp = description([["urn:schemas-upnp-org:service:WANIPConnection:1", "/ctl"]]);
    return [
      script(
        [0, natPmpAddress(5)],
        [0, natPmpMapping(5, 41641)],
        [4, Uint8Array.of(255, 255)],
        [0, natPmpAddress(1)],
        [6, fill(0)],
      ),
      script([0, pcpAnnouncement(5)], [4, Uint8Array.of(2, 0)], [5, fill(0)]),
      script(
        [1, ssdpAnswer(`http://${GATEWAY.ip}:5000/d.xml`)],
        [2, xml(upnp)],
        [2, xml(soapAnswer("GetExternalIPAddress", "<NewExternalIPAddress>203.0.113.7</NewExternalIPAddress>"))],
        [2, xml(soapFault(718))],
        [3, fill(0)],
        [4, Uint8Array.of(20, 0)],
      ),
    ];
  },
  run(input) {
    const ids: number[] = [];
    const world = mapperWorld((sent) => {
      assert.ok(world.sent.length < 64 * MAX_SENT);
      if (sent.kind === "http") ids.push(sent.id);
    });
    world.start();
    for (const { kind, bytes } of records(input)) {
      if (kind % 7 === 0) world.hear(bytes, FROM_SERVER);
      else if (kind % 7 === 1) world.hear(bytes, FROM_SSDP);
      else if (kind % 7 <= 3) {
        const response = kind % 7 === 2 ? { status: 200, body: utf8(bytes) } : undefined;
        world.mapper.handleHttpResponse(ids.at(-1) ?? 0, response, world.now);
      } else if (kind % 7 === 4) world.run(world.now + milliseconds(bytes));
      else if (kind % 7 === 5) world.mapper.handleNetworkChange(world.now);
      else world.mapper.handleClose(world.now);
      world.drain();
      world.mapper.report();
    }
  },
};

const SERVERS = [address("203.0.113.1:3478"), address("198.51.100.1:3478")];

/** Kinds: 0 and 1 from either server; 2 time; 3 the network changed; 4 an answer to the last request of the first server. */
export const reflexive: Target = {
  name: "reflexive",
  maxBytes: 1000,
  seeds: () => [
    script([4, Uint8Array.of(0xa1, 0x47)], [2, Uint8Array.of(4, 0)], [4, Uint8Array.of(0xa1, 0x48)], [3, fill(0)]),
    script([0, concat([Uint8Array.of(1, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42), fill(12)])], [2, Uint8Array.of(255, 255)]),
  ],
  run(input) {
    const machine = new Reflexive({ random: fill, localPort: () => 41641 });
    let now = 0;
    let transaction = fill(12);
    const drain = (): void => drainInto(machine, (data) => (transaction = data.slice(8, 20)));
    machine.handleServers(SERVERS, now);
    machine.handleActivity(true, now);
    drain();
    for (const { kind, bytes } of records(input)) {
      const [from = SERVERS[0], other = from] = SERVERS;
      if (from === undefined || other === undefined) return;
      if (kind % 5 <= 1) machine.handleDatagram(bytes, kind % 5 === 0 ? from : other, now);
      else if (kind % 5 === 2) {
        now += milliseconds(bytes);
        machine.handleTimeout(now);
      } else if (kind % 5 === 3) machine.handleNetworkChange(now);
      else {
        const [high = 0, low = 0] = bytes;
        const mapped = [0, 0x20, 0, 8, 0, 1, high, low, 0xe1, 0x12, 0xa6, 0x43];
        const answer = concat([
          Uint8Array.of(1, 1, 0, 12, 0x21, 0x12, 0xa4, 0x42),
          transaction,
          Uint8Array.from(mapped),
        ]);
        machine.handleDatagram(answer, from, now);
      }
      drain();
      assert.ok(machine.addresses().length <= 2);
    }
  },
};
