// The relay role by itself: STUN and relay on one port, admission by tickets, and a line to the coordinator that it can do without.
import type { Logger } from "pino";
import { openCoordinatorChannel } from "../channel/coordinator-channel.ts";
import type { OpenServerEngine, PeerCredentials } from "../engine/index.ts";
import { createStateDirectory } from "../host/directories.ts";
import { logUnexpected } from "../host/last-resort.ts";
import { recordSocket } from "../host/socket-record.ts";
import { lockStateDirectory } from "../host/state-lock.ts";
import { parseRelayToken } from "../identity/auth-key.ts";
import { equalBytes } from "../identity/hash.ts";
import { sodiumReady } from "../identity/sodium.ts";
import { diagnosticsRoute } from "../local-api/diagnostics.ts";
import { serveLocalApi } from "../local-api/index.ts";
import { formatHostPort, formatSocketAddress, parseHostPort, splitSocketAddress } from "../protocol/address.ts";
import { MeshdError } from "../protocol/errors.ts";
import type { RelayAddresses, RelayRevocationsMessage } from "../protocol/messages.ts";
import type { ListenAddress } from "../server/listen-address.ts";
import { listenStreams } from "../server/listen-streams.ts";
import { findOwnAddresses, type OwnAddresses } from "../server/own-addresses.ts";
import { watchOwnAddresses } from "../server/watch-own-addresses.ts";
import { CoordinatorLink } from "./coordinator-link.ts";
import { Observations } from "./observations.ts";
import type { UdpServer } from "./index.ts";
import { listenUdp } from "./listen-udp.ts";
import { relayRoutes } from "./local-routes.ts";
import { Revocations } from "./revocations.ts";
import { loadRelayState, mergeCoordinators, newRelayState, type RelayState, saveRelayState } from "./state-file.ts";

export interface RelayOptions {
  readonly stateDir: string;
  readonly socketPath: string;
  readonly listen: ListenAddress;
  /** Where nodes find this host, if it cannot see that itself. */
  readonly publicAddress?: string;
  readonly region: string;
  /** Of `meshd admin relay create`; undefined for a relay that has joined before. */
  readonly token: string | undefined;
  /** Bytes a second that one client may send; 0: as much as it likes. */
  readonly clientRate: number;
  readonly version: string;
  readonly log: Logger;
  /** Its last lines. */
  readonly recentLog: () => readonly string[];
  readonly openEngine: OpenServerEngine;
  readonly credentials: (fd: number) => PeerCredentials;
  /** It cannot go on. */
  readonly onFatal: (error: MeshdError) => void;
}

export interface Relay {
  readonly udpAddresses: readonly string[];
  /** Resolves with its name when the coordinator has taken it in; at once for one that joined before. */
  readonly joined: Promise<string>;
  stop(): Promise<void>;
}

/** Connection and handshake, each, with one address. */
const OPEN_LIMIT_MS = 8_000;

/** Errors: `MeshdError` for whatever its user can do something about. */
export async function startRelay(options: RelayOptions): Promise<Relay> {
  const { stateDir, listen, log } = options;
  await using starting = new AsyncDisposableStack();
  for (const change of createStateDirectory(stateDir)) log.warn(change);
  const lock = await lockStateDirectory(stateDir, "relay");
  starting.defer(() => {
    lock.release();
  });
  await sodiumReady();
  let state = await openState(stateDir, options.token);
  const { relay, token } = state;
  const revocations = new Revocations(state.revoked);
  const observations = new Observations();
  // The first session with the coordinator begins with all of them.
  let tellObservations = (): void => undefined;
  let saving: Promise<void> = Promise.resolve();
  const save = (changes: Partial<RelayState>): void => {
    state = { ...state, ...changes };
    const saved = state;
    saving = saving
      .then(() => saveRelayState(stateDir, saved))
      .catch((error: unknown) => logUnexpected(log, `the relay's state cannot be written to ${stateDir}`, error));
  };
  starting.defer(() => saving);

  const udp = await listenUdp({
    relayListen: listen,
    stunListen: listen,
    clientRate: options.clientRate,
    openEngine: options.openEngine,
    trust: { relay, rootKeys: [token.rootKey], isRevoked: (nodeKey) => revocations.has(nodeKey) },
    log,
    nowUnixMs: Date.now,
    onAdmitted: (nodeKey, address) => {
      observations.handleSeen(nodeKey, splitSocketAddress(address).ip);
      tellObservations();
    },
    onFatal: (reason) => {
      options.onFatal(new MeshdError("engine-stopped", 1, `the engine stopped: ${reason}; start the relay again`));
    },
  });
  starting.defer(() => udp.close());
  const port = portOf(udp);
  const tcp = await listenStreams(
    { ...listen, port },
    {
      relay: (stream) => {
        udp.acceptStream(stream);
      },
    },
  );
  starting.defer(() => tcp.close());

  const { promise: joined, resolve: join, reject: refuse } = Promise.withResolvers<string>();
  joined.catch(() => undefined);
  if (state.name !== "") join(state.name);
  const handleRevocations = (message: RelayRevocationsMessage): void => {
    for (const nodeKey of revocations.apply(message)) {
      udp.revoke(nodeKey);
      observations.forget(nodeKey);
    }
    const told = message.coordinators.flatMap((text) => parseHostPort(text) ?? []);
    save({
      revoked: revocations.all(),
      ...(message.full && {
        name: message.name,
        token: { ...token, coordinators: mergeCoordinators(told, token.coordinators) },
      }),
    });
    if (message.full) join(message.name);
  };
  const link = new CoordinatorLink({
    rootKey: token.rootKey,
    relay,
    token,
    region: options.region,
    observations,
    software: options.version,
    coordinators: () => state.token.coordinators,
    open: (coordinator, signal) =>
      openCoordinatorChannel(coordinator, token.rootKey, { timeoutMs: OPEN_LIMIT_MS, signal }),
    random: Math.random,
    onJoined: (coordinator) => log.info({ coordinator: formatHostPort(coordinator) }, "connected to the coordinator"),
    onRevocations: handleRevocations,
    onLost: (reason, retryInMs) => log.warn({ retryInMs }, `the coordinator is away: ${reason}`),
    onRefused: (error) => {
      refuse(error);
      options.onFatal(error);
    },
  });
  starting.defer(() => link.close());
  tellObservations = () => link.tellObservations();

  const question = {
    overlay: [],
    ...(options.publicAddress !== undefined && { publicAddress: options.publicAddress }),
    ...(listen.host !== undefined && { listenHost: listen.host }),
  };
  const announce = (found: OwnAddresses): void => link.setAddresses(addressesOf(found, port, tcp.port));
  const first = await findOwnAddresses(question);
  announce(first);
  const watching = new AbortController();
  starting.defer(() => {
    watching.abort();
  });
  const onFailure = (error: unknown): void => logUnexpected(log, "the host's addresses could not be read", error);
  watchOwnAddresses(question, first, announce, onFailure, watching.signal);

  const { version, credentials, socketPath } = options;
  const api = await serveLocalApi({
    socketPath,
    role: "relay",
    routes: [
      ...relayRoutes({ version, name: () => state.name, connected: () => link.connected, stats: () => udp.stats() }),
      diagnosticsRoute(options.recentLog),
    ],
    credentials,
  });
  starting.defer(() => api.close());
  starting.defer(recordSocket(stateDir, socketPath));
  const running = starting.move();
  return { udpAddresses: udp.relayAddresses, joined, stop: () => (lock.leave(), running.disposeAsync()) };
}

async function openState(stateDir: string, tokenText: string | undefined): Promise<RelayState> {
  const known = await loadRelayState(stateDir);
  const token = tokenText === undefined ? undefined : parseRelayToken(tokenText);
  if (token === undefined) {
    if (known !== undefined) return known;
    const advice = "give the token of `meshd admin relay create` with --join";
    throw new MeshdError("not-joined", 1, `this relay has not joined a mesh yet; ${advice}`);
  }
  if (known !== undefined && equalBytes(known.token.keyId, token.keyId)) return known;
  // Written before the coordinator binds the token to this key.
  const state = newRelayState(token);
  await saveRelayState(stateDir, state);
  return state;
}

function portOf({ relayAddresses: [address = ""] }: UdpServer): number {
  return Number(address.slice(address.lastIndexOf(":") + 1));
}

function addressesOf({ ips, hosts }: OwnAddresses, udpPort: number, tcpPort: number): RelayAddresses {
  return {
    udpAddresses: ips.map((ip) => formatSocketAddress(ip, udpPort)),
    tcpAddresses: hosts.map((host) => formatHostPort({ host, port: tcpPort })),
  };
}
