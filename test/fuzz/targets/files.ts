// The files of the state directory: refused in words ("corrupt-state", "state-newer"), or set aside, or read.
import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadIdentity } from "../../../src/daemon/identity-file.ts";
import { LifetimeMemory } from "../../../src/daemon/lifetime-memory.ts";
import { loadMesh } from "../../../src/daemon/mesh-file.ts";
import { loadPort } from "../../../src/daemon/port-file.ts";
import { loadSettings } from "../../../src/daemon/settings.ts";
import { TicketStore } from "../../../src/daemon/ticket-store.ts";
import { recordedSocket } from "../../../src/host/socket-record.ts";
import { MeshdError } from "../../../src/protocol/errors.ts";
import { encodeRelayTicket } from "../../../src/protocol/relay-codec.ts";
import { loadRelayState } from "../../../src/relay/state-file.ts";
import { fromJson, fromText } from "../input.ts";
import { scratchFolder } from "../scratch.ts";
import { fill, NODE_KEY } from "../samples.ts";
import type { Target } from "../target.ts";

const KEY = Buffer.from(fill(32)).toString("base64url");
const TICKET = encodeRelayTicket({
  meshId: fill(16),
  nodeKey: NODE_KEY,
  relayKey: fill(32),
  notBeforeUnixMs: 1,
  notAfterUnixMs: 2,
  rootKey: fill(32),
});

/** `read` may refuse only with one of `codes`. */
function file(
  name: string,
  fileName: string,
  seeds: () => readonly Uint8Array[],
  read: (folder: string) => Promise<unknown>,
  codes: readonly string[] = ["corrupt-state", "state-newer"],
): Target {
  const folder = scratchFolder();
  return {
    name,
    maxBytes: 2000,
    seeds: () => [...seeds(), ...fromJson({ version: 2 }, [])],
    async run(input) {
      // The copy of an earlier input would answer for this one.
      rmSync(join(folder, `${fileName}.copy`), { force: true });
      writeFileSync(join(folder, fileName), input);
      try {
        await read(folder);
      } catch (error) {
        assert.ok(error instanceof MeshdError, error instanceof Error ? error.stack : String(error));
        assert.ok(codes.includes(error.code) && !error.message.includes("\n"), `${error.code}: ${error.message}`);
      }
    },
  };
}

export const identityFile = (): Target =>
  file("identity-file", "identity.json", () => fromJson({ version: 1, nodeSeed: KEY, discoKey: KEY }), loadIdentity);

export const meshFile = (): Target =>
  file(
    "mesh-file",
    "mesh.json",
    () => fromJson({ version: 1, rootKey: KEY, coordinators: ["203.0.113.1:443", "[2001:db8::1]:443"] }),
    async (folder) => {
      const mesh = await loadMesh(folder);
      assert.ok(mesh === undefined || (mesh.rootKey.length === 32 && mesh.coordinators.length > 0));
    },
  );

export const settingsFile = (): Target =>
  file(
    "settings-file",
    "settings.json",
    () =>
      fromJson({
        version: 1,
        running: true,
        hostname: "laptop",
        tun: "mesh0",
        port: 41641,
        acceptDns: true,
        shieldsUp: false,
        relayRate: 20,
        operator: "ada",
      }),
    loadSettings,
  );

export const ticketsFile = (): Target =>
  file(
    "tickets-file",
    "tickets.json",
    () =>
      fromJson({
        version: 1,
        tickets: { main: { ticket: Buffer.from(TICKET).toString("base64url"), signature: KEY } },
      }),
    async (folder) => {
      const store = await TicketStore.load(folder);
      store.due(["main"], 1);
      store.get("main", 1);
    },
    [],
  );

export const networksFile = (): Target =>
  file(
    "networks-file",
    "networks.json",
    () => fromJson({ version: 1, networks: { home: { survivedSeconds: 30, diedSeconds: 60, measuredAtUnixMs: 1 } } }),
    async (folder) => {
      const known = (await LifetimeMemory.load(folder)).get("home", 5);
      if (known === undefined) return;
      const { survivedMs, diedMs } = known.lifetime;
      assert.ok(survivedMs >= 0 && (diedMs === undefined || diedMs > survivedMs) && known.ageMs >= 0);
    },
    [],
  );

export const relayFile = (): Target =>
  file(
    "relay-file",
    "relay.json",
    () =>
      fromJson({
        version: 1,
        seed: KEY,
        rootKey: KEY,
        tokenId: Buffer.from(fill(8)).toString("base64url"),
        tokenSecret: KEY,
        coordinators: ["203.0.113.1:443"],
        name: "main",
        revoked: [KEY],
      }),
    loadRelayState,
  );

export const portFile = (): Target =>
  file(
    "port-file",
    "port",
    () => fromText("41641\n", "0x10", " 5 "),
    async (folder) => {
      const port = await loadPort(folder);
      assert.ok(Number.isInteger(port) && port >= 0 && port <= 65535);
    },
    [],
  );

export const socketFile = (): Target =>
  file(
    "socket-file",
    "socket",
    () => fromText("/run/meshd/meshd.sock\n"),
    async (folder) => {
      recordedSocket(folder);
    },
    [],
  );
