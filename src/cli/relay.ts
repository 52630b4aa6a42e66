// meshd relay: one more relay for a mesh, in the foreground, until a signal or a failure ends it. It joins with the token of
// `meshd admin relay create`; from then on it needs none.
import { type Command, Option } from "commander";
import { defaultSocketPath, defaultStateDirectory } from "../host/directories.ts";
import { dropAuthority } from "../host/least-authority.ts";
import { readSmallFile } from "../host/small-file.ts";
import { programVersion } from "../version.ts";
import { usageError } from "./errors.ts";
import { MAX_KEY_FILE_BYTES } from "./node-options.ts";
import {
  checkedHost,
  publicAddressOption,
  examples,
  type LogLevel,
  logLevelOption,
  parseRate,
  readConfigurationFile,
  socketOption,
  stateDirectoryOption,
  untilSignal,
  namedFile,
} from "./options.ts";

const STOP_WITHIN_MS = 1_800;

interface RelayFlags {
  readonly join?: string;
  readonly stateDir?: string;
  readonly socket?: string;
  readonly listen: string;
  readonly publicAddress?: string;
  readonly region: string;
  readonly clientRate: number;
  readonly logLevel: LogLevel;
  readonly config?: string;
}

export function configure(command: Command): void {
  command
    .addOption(
      new Option("--join <token>", "token of `meshd admin relay create`, or file:PATH; only for the first start"),
    )
    .addOption(stateDirectoryOption("relay"))
    .addOption(socketOption("relay"))
    .addOption(new Option("--listen <[host]:port>", "UDP and TCP for nodes, STUN included").default(":443"))
    .addOption(publicAddressOption())
    .addOption(new Option("--region <name>", "where it is, in words for people").default("", "none"))
    .addOption(clientRateOption())
    .addOption(logLevelOption());
  readConfigurationFile(command, "relay");
  examples(
    command,
    "meshd relay --join meshrelay-...",
    "meshd relay --join file:/etc/meshd/relay-token --region eu --public-address relay.example.org --client-rate 100M",
  );
  command.action(run);
}

export function clientRateOption(): Option {
  return new Option("--client-rate <bits>", "bits a second that one client may send, as in 100M; 0: no limit")
    .argParser(parseRate)
    .default(0, "0");
}

async function run(flags: RelayFlags): Promise<void> {
  dropAuthority([namedFile(flags.join), flags.config]);
  const { parseListenAddress } = await import("../server/listen-address.ts");
  const { startRelay } = await import("../relay/process.ts");
  const { openServerEngine, peerCredentials } = await import("../engine/index.ts");
  const { surviveLostRejections } = await import("../host/last-resort.ts");
  const { openLog } = await import("../host/log.ts");
  const { keepMemorySmall } = await import("./memory.ts");
  const { promise: failed, reject: onFatal } = Promise.withResolvers<never>();
  failed.catch(() => undefined);
  const { publicAddress } = flags;
  const { log, recent } = openLog(flags.logLevel);
  surviveLostRejections(log);
  const stopped = untilSignal();
  const relay = await startRelay({
    stateDir: flags.stateDir ?? defaultStateDirectory("relay"),
    socketPath: flags.socket ?? defaultSocketPath("relay"),
    listen: parseListenAddress(flags.listen, "--listen"),
    ...(publicAddress !== undefined && { publicAddress: checkedHost(publicAddress) }),
    region: flags.region,
    token: flags.join === undefined ? undefined : readToken(flags.join),
    clientRate: Math.ceil(flags.clientRate / 8),
    version: programVersion(),
    log,
    recentLog: recent,
    openEngine: openServerEngine,
    credentials: peerCredentials,
    onFatal,
  });
  keepMemorySmall();
  process.stdout.write(`The relay listens on UDP ${relay.udpAddresses.join(", ")}.\n`);
  relay.joined.then(
    (name) => process.stdout.write(`It is the relay ${name} of its mesh.\n`),
    () => undefined,
  );
  try {
    const signal = await Promise.race([stopped, failed]);
    log.info({ signal }, "stopping");
  } finally {
    setTimeout(() => process.exit(), STOP_WITHIN_MS).unref();
    await relay.stop();
  }
}

function readToken(text: string): string {
  const path = namedFile(text);
  if (path === undefined) return text;
  try {
    return readSmallFile(path, MAX_KEY_FILE_BYTES);
  } catch (error) {
    throw usageError(`--join: cannot read the token from ${path}: ${error instanceof Error ? error.message : ""}`);
  }
}
