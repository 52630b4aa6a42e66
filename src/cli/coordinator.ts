// meshd coordinator: registry, control sessions, STUN and relay in one process, in the foreground, until a signal or a failure
// ends it. What goes to stdout is for people; the log goes to stderr (host/log.ts).
import { type Command, Option } from "commander";
import { defaultSocketPath, defaultStateDirectory } from "../host/directories.ts";
import { dropAuthority } from "../host/least-authority.ts";
import { formatHostPort } from "../protocol/address.ts";
import { programVersion } from "../version.ts";
import { welcome } from "./coordinator-welcome.ts";
import { clientRateOption } from "./relay.ts";
import {
  booleanOption,
  checkedHost,
  publicAddressOption,
  examples,
  type LogLevel,
  logLevelOption,
  parseBoolean,
  readConfigurationFile,
  socketOption,
  stateDirectoryOption,
  untilSignal,
} from "./options.ts";

/** Whoever sent the signal waits. What is not closed by then needs no closing: state is written as it changes. */
const STOP_WITHIN_MS = 1_800;

interface CoordinatorFlags {
  readonly stateDir?: string;
  readonly socket?: string;
  readonly listen: string;
  readonly stunListen: string;
  readonly publicAddress?: string;
  readonly relay: boolean;
  readonly offeredRelays?: boolean;
  readonly clientRate: number;
  readonly ipv4Prefix?: string;
  readonly ipv6Prefix?: string;
  readonly logLevel: LogLevel;
  readonly config?: string;
}

export function configure(command: Command): void {
  command
    .addOption(stateDirectoryOption("coordinator"))
    .addOption(socketOption("coordinator"))
    .addOption(new Option("--listen <[host]:port>", "TCP for nodes, UDP for the relay").default(":443"))
    .addOption(new Option("--stun-listen <[host]:port>", "UDP for STUN").default(":3478"))
    .addOption(publicAddressOption())
    .addOption(
      new Option("--no-relay [bool]", "leave relaying to other machines").argParser((text) => !parseBoolean(text)),
    )
    .addOption(
      booleanOption("offered-relays", "let nodes relay for the mesh that offer it: meshd up --offer-relay").default(
        true,
      ),
    )
    .addOption(new Option("--no-offered-relays", "do not"))
    .addOption(clientRateOption())
    .addOption(new Option("--ipv4-prefix <cidr>", "of a new mesh (default: 100.64.0.0/10)"))
    .addOption(new Option("--ipv6-prefix <cidr>", "of a new mesh (default: a random fd..::/48)"))
    .addOption(logLevelOption());
  readConfigurationFile(command, "coordinator");
  examples(
    command,
    "meshd coordinator",
    "meshd coordinator --listen :8443 --public-address vpn.example.org",
    "meshd coordinator --state-dir /srv/other-mesh --socket /run/meshd/other.sock --listen :9443 --stun-listen :9478",
  );
  command.action(run);
}

async function run(flags: CoordinatorFlags): Promise<void> {
  dropAuthority([flags.config]);
  const { startCoordinator } = await import("../coordinator/index.ts");
  const { parseListenAddress } = await import("../server/listen-address.ts");
  const { openServerEngine, peerCredentials } = await import("../engine/index.ts");
  const { surviveLostRejections } = await import("../host/last-resort.ts");
  const { openLog } = await import("../host/log.ts");
  const { keepMemorySmall } = await import("./memory.ts");
  const { promise: failed, reject: onFatal } = Promise.withResolvers<never>();
  const { socket, publicAddress, ipv4Prefix, ipv6Prefix } = flags;
  const stateDir = flags.stateDir ?? defaultStateDirectory("coordinator");
  const { log, recent } = openLog(flags.logLevel);
  surviveLostRejections(log);
  const stopped = untilSignal();
  const coordinator = await startCoordinator({
    stateDir,
    socketPath: socket ?? defaultSocketPath("coordinator"),
    listen: parseListenAddress(flags.listen, "--listen"),
    stunListen: parseListenAddress(flags.stunListen, "--stun-listen"),
    ...(publicAddress !== undefined && { publicAddress: checkedHost(publicAddress) }),
    hasRelay: flags.relay,
    takesOffers: flags.offeredRelays !== false,
    clientRate: Math.ceil(flags.clientRate / 8),
    ...(ipv4Prefix !== undefined && { ipv4Prefix }),
    ...(ipv6Prefix !== undefined && { ipv6Prefix }),
    version: programVersion(),
    log,
    recentLog: recent,
    openEngine: openServerEngine,
    credentials: peerCredentials,
    onFatal,
  });
  keepMemorySmall();
  try {
    const coordinators = coordinator.coordinators.map(formatHostPort);
    process.stdout.write(welcome({ ...coordinator, coordinators, stateDir, socket }));
    const signal = await Promise.race([stopped, failed]);
    log.info({ signal }, "stopping");
  } finally {
    setTimeout(() => {
      log.warn("not everything could be closed in time");
      process.exit();
    }, STOP_WITHIN_MS).unref();
    await coordinator.stop();
  }
}
