// Runs a coordinator until a signal or a failure ends it, and tells its user the few things that matter. What goes to stdout
// is for people; the log is JSON lines on stderr.
import pino from "pino";
import {
  type Coordinator,
  type CoordinatorOptions,
  parseListenAddress,
  startCoordinator,
} from "../coordinator/index.ts";
import { openServerEngine, peerCredentials } from "../engine/index.ts";
import { defaultSocketPath, defaultStateDirectory } from "../host/directories.ts";
import { formatHostPort, parseHostPort } from "../protocol/address.ts";
import type { MeshdError } from "../protocol/errors.ts";
import { programVersion } from "../version.ts";
import { usageError } from "./errors.ts";
import type { LogLevel } from "./options.ts";

export interface CoordinatorFlags {
  readonly stateDir?: string;
  readonly socket?: string;
  readonly listen: string;
  readonly stunListen: string;
  readonly publicAddress?: string;
  readonly relay: boolean;
  readonly ipv4Prefix?: string;
  readonly ipv6Prefix?: string;
  readonly logLevel: LogLevel;
}

export async function runCoordinator(flags: CoordinatorFlags): Promise<void> {
  const { promise: failed, reject: fail } = Promise.withResolvers<never>();
  const options = optionsFrom(flags, fail);
  const stopped = untilSignal();
  const coordinator = await startCoordinator(options);
  try {
    process.stdout.write(`${welcome(coordinator, options, flags.socket)}\n`);
    const signal = await Promise.race([stopped, failed]);
    options.log.info({ signal }, "stopping");
  } finally {
    await coordinator.stop();
  }
}

function optionsFrom(flags: CoordinatorFlags, onFatal: (error: MeshdError) => void): CoordinatorOptions {
  const { publicAddress, ipv4Prefix, ipv6Prefix } = flags;
  return {
    stateDir: flags.stateDir ?? defaultStateDirectory("coordinator"),
    socketPath: flags.socket ?? defaultSocketPath("coordinator"),
    listen: parseListenAddress(flags.listen, "--listen"),
    stunListen: parseListenAddress(flags.stunListen, "--stun-listen"),
    ...(publicAddress !== undefined && { publicAddress: checkedHost(publicAddress) }),
    hasRelay: flags.relay,
    ...(ipv4Prefix !== undefined && { ipv4Prefix }),
    ...(ipv6Prefix !== undefined && { ipv6Prefix }),
    version: programVersion(),
    log: pino({ level: flags.logLevel, base: null, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination(2)),
    openEngine: openServerEngine,
    credentials: peerCredentials,
    onFatal,
  };
}

/** A name or IP address, without a port. */
function checkedHost(text: string): string {
  const host = text.includes(":") && !text.startsWith("[") ? `[${text}]` : text;
  const parsed = parseHostPort(`${host}:1`);
  if (parsed === undefined) {
    throw usageError(`--public-address ${text} is not a name or IP address; the port is that of --listen`);
  }
  return parsed.host;
}

/** The first SIGINT or SIGTERM; the second ends the process as usual. */
function untilSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      process.once(signal, () => {
        resolve(signal);
      });
    }
  });
}

function welcome(coordinator: Coordinator, { stateDir }: CoordinatorOptions, socket: string | undefined): string {
  const { firstKey, prefixes, coordinators, controlPort, relayAddresses, stunAddresses } = coordinator;
  const another = `meshd admin key create${socket === undefined ? "" : ` --socket ${socket}`}`;
  const relay = relayAddresses.length > 0 ? ` and UDP ${ports(relayAddresses)} (relay)` : "";
  const facts = [
    `  mesh       ${prefixes.join(", ")}`,
    `  state      ${stateDir}`,
    `  listens    TCP ${String(controlPort)} (nodes)${relay}, UDP ${ports(stunAddresses)} (STUN)`,
    `  addresses  ${coordinators.map(formatHostPort).join(", ")}`,
  ];
  if (firstKey === undefined) {
    return ["The coordinator runs.", ...facts, "", "To add a machine, make a key for it:", "", `  ${another}`, ""].join(
      "\n",
    );
  }
  return [
    "The coordinator of a new mesh runs.",
    ...facts,
    "",
    "On each machine that is to join, type this (good for 24 hours, for any number of machines, and shown only now):",
    "",
    `  meshd up --authkey ${firstKey}`,
    "",
    `Another key, later: ${another}`,
    "",
  ].join("\n");
}

function ports(addresses: readonly string[]): string {
  return [...new Set(addresses.map((address) => address.slice(address.lastIndexOf(":") + 1)))].join(", ");
}
