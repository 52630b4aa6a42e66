// The coordinator role: registry, control sessions, STUN and relay in one process over one state directory. This file only
// puts the parts together, in an order in which each can be taken down again by the reverse.
import { join } from "node:path";
import type { Logger } from "pino";
import type { OpenServerEngine, PeerCredentials } from "../engine/index.ts";
import { createStateDirectory } from "../host/directories.ts";
import { recordSocket } from "../host/socket-record.ts";
import { logUnexpected } from "../host/last-resort.ts";
import { lockStateDirectory } from "../host/state-lock.ts";
import { randomBytes } from "../identity/keys.ts";
import { sodiumReady } from "../identity/sodium.ts";
import { diagnosticsRoute } from "../local-api/diagnostics.ts";
import { serveLocalApi } from "../local-api/index.ts";
import { type HostPort, splitSocketAddress } from "../protocol/address.ts";
import { MeshdError } from "../protocol/errors.ts";
import type { UdpServer } from "../relay/index.ts";
import { listenUdp } from "../relay/listen-udp.ts";
import type { ListenAddress } from "../server/listen-address.ts";
import { listenStreams } from "../server/listen-streams.ts";
import { findOwnAddresses, type OwnAddresses } from "../server/own-addresses.ts";
import { watchOwnAddresses } from "../server/watch-own-addresses.ts";
import { adminRoutes, printKey } from "./admin-routes.ts";
import { createAuthKeys } from "./auth-keys.ts";
import { ControlHub } from "./hub.ts";
import { createIpam } from "./ipam.ts";
import { coordinatorsOf, meshEntryOf, RELAY_NAME, relayEntriesOf, type Services } from "./mesh-addresses.ts";
import { openMesh } from "./mesh-state.ts";
import { formatPrefix, type OverlayPrefix, parseOverlayPrefix } from "./prefixes.ts";
import { openOfferedRelays } from "./offered-relays.ts";
import { openRegistry } from "./registry.ts";
import { relayProver } from "./relay-prober.ts";
import { openRelayRegistry } from "./relay-registry.ts";
import { keepBackups } from "./storage/backup.ts";
import { explain, openStorage } from "./storage/open.ts";

export interface CoordinatorOptions {
  readonly stateDir: string;
  readonly socketPath: string;
  /** TCP for control, UDP for the relay. */
  readonly listen: ListenAddress;
  readonly stunListen: ListenAddress;
  /** Where nodes find this host, if it cannot see that itself. */
  readonly publicAddress?: string;
  readonly hasRelay: boolean;
  /** Whether nodes may offer themselves as relays. */
  readonly takesOffers: boolean;
  /** Bytes a second that one client of the relay may send; 0: as much as it likes. */
  readonly clientRate: number;
  /** Only of a new mesh; for an existing one they must be what it has. */
  readonly ipv4Prefix?: string;
  readonly ipv6Prefix?: string;
  readonly version: string;
  readonly log: Logger;
  /** Its last lines. */
  readonly recentLog: () => readonly string[];
  readonly openEngine: OpenServerEngine;
  readonly credentials: (fd: number) => PeerCredentials;
  /** It cannot go on by itself. */
  readonly onFatal: (error: MeshdError) => void;
}

export interface Coordinator {
  /** Of a mesh that nobody was ever invited to: reusable, valid for 24 hours. Shown once. */
  readonly firstKey: string | undefined;
  readonly prefixes: readonly string[];
  readonly coordinators: readonly HostPort[];
  readonly controlPort: number;
  readonly relayAddresses: readonly string[];
  readonly stunAddresses: readonly string[];
  /** Says goodbye to all nodes, and leaves nothing behind. */
  stop(): Promise<void>;
}

const DATABASE_FILE = "coordinator.db";
export const FIRST_KEY_VALID_MS = 24 * 3_600_000;

/** Errors: `MeshdError` for whatever its user can do something about. */
export async function startCoordinator(options: CoordinatorOptions): Promise<Coordinator> {
  const { stateDir, listen, log } = options;
  const nowUnixMs = Date.now;
  await using starting = new AsyncDisposableStack();

  for (const change of createStateDirectory(stateDir)) log.warn(change);
  const lock = await lockStateDirectory(stateDir, "coordinator");
  starting.defer(() => {
    lock.release();
  });
  await sodiumReady();
  const file = join(stateDir, DATABASE_FILE);
  const storage = await openStorage(file, nowUnixMs());
  starting.defer(() => storage.close());
  if (storage.migration.backup !== undefined) log.info({ backup: storage.migration.backup }, "state upgraded");
  const { db } = storage;
  const wishes = {
    ipv4: wishedPrefix(options.ipv4Prefix, 4, "--ipv4-prefix"),
    ipv6: wishedPrefix(options.ipv6Prefix, 6, "--ipv6-prefix"),
  };
  const mesh = await openMesh(db, wishes, nowUnixMs()).catch((error: unknown) => {
    throw explain(error, file);
  });

  const backups = keepBackups(storage, file, (error) => logUnexpected(log, `no copy of ${file} can be made`, error));
  starting.defer(() => backups.stop());

  const authKeys = createAuthKeys({ db, nowUnixMs, randomBytes });
  const registry = await openRegistry({ db, authKeys, ipam: createIpam(mesh.ipv4, mesh.ipv6), nowUnixMs });
  const relayRegistry = await openRelayRegistry({ db, nowUnixMs, randomBytes, reservedNames: [RELAY_NAME] });
  const offeredRelays = await openOfferedRelays(db);
  // Nobody can be removed before there is a relay to tell.
  let relaying: Pick<UdpServer, "revoke" | "acceptStream"> = {
    revoke: () => undefined,
    acceptStream: (stream) => {
      stream.abort();
    },
  };
  const hub = new ControlHub({
    mesh,
    registry,
    relayRegistry,
    offeredRelays,
    proveRelay: options.takesOffers ? relayProver(mesh.root) : undefined,
    log,
    now: () => performance.now(),
    nowUnixMs,
    onRemoved: (nodeKey) => {
      relaying.revoke(nodeKey);
    },
  });
  starting.defer(() => hub.close());

  const control = await listenStreams(listen, {
    control: (stream) => {
      hub.accept(stream);
    },
    ...(options.hasRelay && {
      relay: (stream) => {
        relaying.acceptStream(stream);
      },
    }),
  });
  starting.defer(() => control.close());
  // Closing twice does no harm, and the goodbyes need the sockets.
  starting.defer(() => hub.close());
  // With --listen :0 the relay gets the same port as control, as with any other number.
  const udp = await listenUdp({
    relayListen: options.hasRelay ? { ...listen, port: control.port } : undefined,
    stunListen: options.stunListen,
    clientRate: options.clientRate,
    openEngine: options.openEngine,
    trust: {
      relay: mesh.relay,
      rootKeys: [mesh.root.publicKey],
      isRevoked: (nodeKey) => registry.member(nodeKey) === undefined,
    },
    log,
    nowUnixMs,
    onAdmitted: (nodeKey, address) => {
      hub.handleRelayed(nodeKey, splitSocketAddress(address).ip);
    },
    onFatal: (reason) => {
      options.onFatal(
        new MeshdError("engine-stopped", 1, `the engine stopped: ${reason}; start the coordinator again`),
      );
    },
  });
  relaying = udp;
  starting.defer(() => udp.close());

  const services: Services = {
    controlPort: control.port,
    stunPort: portOf(udp.stunAddresses[0]) ?? options.stunListen.port,
    ...(options.hasRelay && { relay: { port: control.port, key: mesh.relay.publicKey } }),
  };
  const question = {
    overlay: [mesh.ipv4, mesh.ipv6].map(formatPrefix),
    ...(options.publicAddress !== undefined && { publicAddress: options.publicAddress }),
    ...(listen.host !== undefined && { listenHost: listen.host }),
  };
  let addresses = await findOwnAddresses(question);
  const announce = (found: OwnAddresses): void => {
    addresses = found;
    hub.setMeshEntry(meshEntryOf(found, services, mesh));
    hub.setRelays(relayEntriesOf(found, services));
  };
  announce(addresses);
  const watching = new AbortController();
  starting.defer(() => {
    watching.abort();
  });
  const onChange = (found: OwnAddresses): void => {
    log.info({ addresses: found.hosts }, "the host's addresses changed");
    announce(found);
  };
  const onFailure = (error: unknown): void => logUnexpected(log, "the host's addresses could not be read", error);
  watchOwnAddresses(question, addresses, onChange, onFailure, watching.signal);

  const coordinators = (): readonly HostPort[] => coordinatorsOf(addresses, services);
  const rootKey = mesh.root.publicKey;
  const { version, credentials, socketPath } = options;
  const api = await serveLocalApi({
    socketPath,
    role: "coordinator",
    routes: [
      ...adminRoutes({
        ...{ authKeys, registry, hub, rootKey, coordinators, nowUnixMs, version },
        udpStats: () => udp.stats(),
      }),
      diagnosticsRoute(options.recentLog),
    ],
    credentials,
  });
  starting.defer(() => api.close());
  starting.defer(recordSocket(stateDir, socketPath));

  let firstKey: string | undefined;
  if ((await authKeys.list()).length === 0) {
    const expiresUnixMs = nowUnixMs() + FIRST_KEY_VALID_MS;
    const key = await authKeys.create({ reusable: true, ephemeral: false, preapproved: true, tags: [], expiresUnixMs });
    firstKey = printKey(key, rootKey, coordinators());
  }
  const running = starting.move();
  return {
    firstKey,
    prefixes: [formatPrefix(mesh.ipv4), formatPrefix(mesh.ipv6)],
    coordinators: coordinators(),
    controlPort: control.port,
    relayAddresses: udp.relayAddresses,
    stunAddresses: udp.stunAddresses,
    stop: () => {
      lock.leave();
      return running.disposeAsync();
    },
  };
}

function wishedPrefix(text: string | undefined, family: 4 | 6, option: string): OverlayPrefix | undefined {
  if (text === undefined) return undefined;
  const prefix = parseOverlayPrefix(text, family);
  if ("problem" in prefix) throw new MeshdError("usage", 2, `${option}: ${prefix.problem}`);
  return prefix;
}

function portOf(address: string | undefined): number | undefined {
  return address === undefined ? undefined : Number(address.slice(address.lastIndexOf(":") + 1));
}
