// A running node: locks its state, loads the daemon (daemon.ts), serves the local API (api.ts), and takes all of it apart in reverse.
import { connectWebTransport, prepareWebTransport } from "../channel/webtransport.ts";
import { type ControlClient, type ControlOptions, startControl } from "../control/index.ts";
import {
  listenForNetworkNews,
  openNodeEngine,
  openServerEngine,
  peerCredentials,
  prepareEngine,
} from "../engine/index.ts";
import { createStateDirectory } from "../host/directories.ts";
import { findGateway } from "../host/gateway.ts";
import { hostNetwork } from "../host/host-network.ts";
import { surviveLostRejections } from "../host/last-resort.ts";
import { openLog } from "../host/log.ts";
import { openPortMappingIo } from "../host/port-mapping-io.ts";
import { lockStateDirectory } from "../host/state-lock.ts";
import { sodiumReady } from "../identity/index.ts";
import { diagnosticsRoute } from "../local-api/diagnostics.ts";
import { serveLocalApi } from "../local-api/index.ts";
import type { NodeStatus, UpProgress, UpRequest } from "../local-api/node-api.ts";
import { programVersion } from "../version.ts";
import { daemonRoutes } from "./api.ts";
import { Daemon } from "./daemon.ts";
import { SYSTEM_HOST } from "./overlay.ts";
import type { Surroundings } from "./surroundings.ts";

export { cleanUp } from "./cleanup.ts";

export interface DaemonProcessOptions {
  readonly stateDir: string;
  readonly socketPath: string;
  readonly logLevel: string;
  /** The log goes to a file that this program made, and keeps small. */
  readonly ownLogFile: boolean;
}

export interface DaemonProcess {
  /** Whether the node was in the mesh when it last ran. */
  readonly wantsToRun: boolean;
  readonly hasJoined: boolean;
  resume(changes?: UpRequest): Promise<void>;
  up(request: UpRequest, emit: (line: UpProgress) => void): Promise<NodeStatus>;
  /** Resolved when somebody asked for the end over the local API. */
  readonly shutdownRequested: Promise<void>;
  stop(): Promise<void>;
}

const RELAY_STREAM_LIMIT_MS = 5_000;

const SYSTEM: Surroundings = {
  openEngine: openNodeEngine,
  openServerEngine,
  startControl: (options: ControlOptions): ControlClient => startControl(options),
  host: SYSTEM_HOST,
  network: hostNetwork(listenForNetworkNews),
  portMapping: { findGateway, open: openPortMappingIo },
  openRelayStream: (at, opening, signal) =>
    connectWebTransport(at, { purpose: "relay", timeoutMs: RELAY_STREAM_LIMIT_MS, signal, opening }),
};

/** Serves the local API when it resolves. Errors: `MeshdError` for a directory or socket that is in use, and for corrupt state. */
export async function startDaemonProcess(
  { stateDir, socketPath, logLevel, ownLogFile }: DaemonProcessOptions,
  surroundings: Surroundings = SYSTEM,
): Promise<DaemonProcess> {
  const closed = createStateDirectory(stateDir);
  const lock = await lockStateDirectory(stateDir, "daemon");
  try {
    await sodiumReady();
    const version = programVersion();
    const { log, recent } = openLog(logLevel, { ownFile: ownLogFile });
    surviveLostRejections(log);
    for (const change of closed) log.warn(change);
    const daemon = await Daemon.load({ stateDir, version, log, surroundings });
    const shutdown = Promise.withResolvers<undefined>();
    const api = await serveLocalApi({
      socketPath,
      role: "daemon",
      routes: [...daemonRoutes(daemon, () => shutdown.resolve(undefined)), diagnosticsRoute(recent)],
      credentials: peerCredentials,
      mayChange: ({ uid }) => daemon.isOperator(uid),
    });
    log.info({ version, stateDir, socketPath }, "daemon started");
    prepareEngine();
    void prepareWebTransport();
    return {
      wantsToRun: daemon.wantsToRun,
      hasJoined: daemon.hasJoined,
      resume: (changes) => daemon.resume(changes),
      up: (request, emit) => daemon.up(request, emit),
      shutdownRequested: shutdown.promise,
      async stop() {
        lock.leave();
        await api.close();
        await daemon.stop();
        lock.release();
        log.info("daemon stopped");
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}
