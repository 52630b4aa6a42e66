// The options that `up` and `daemon` share: the settings of a node. None has a default here: what is left out stays as the daemon has it.
import { type Command, InvalidArgumentError, Option } from "commander";
import { readSmallFile } from "../host/small-file.ts";
import type { UpRequest } from "../local-api/node-api.ts";
import { usageError } from "./errors.ts";
import {
  booleanOption,
  namedFile,
  parsePort,
  parseRate,
  parseText,
  socketOption,
  stateDirectoryOption,
} from "./options.ts";

export interface NodeOptions {
  readonly authkey?: string;
  readonly hostname?: string;
  readonly acceptDns?: boolean;
  readonly tun?: string;
  readonly port?: number;
  readonly shieldsUp?: boolean;
  readonly portMapping?: boolean;
  readonly offerRelay?: boolean;
  readonly relayPort?: number;
  readonly relayRate?: number;
  readonly operator?: string;
  readonly socket?: string;
  readonly stateDir?: string;
  readonly logLevel?: string;
  readonly config?: string;
}

export function addNodeOptions(command: Command): void {
  command
    .addOption(new Option("--authkey <key>", "auth key: mesh-..., file:PATH or env:NAME"))
    .addOption(
      new Option("--hostname <name>", "name of this node in the mesh (default: the host's)").argParser(parseHostname),
    )
    .addOption(booleanOption("accept-dns", "resolve names of the mesh on this host (default: true)"))
    .addOption(new Option("--tun <name>", "name of the TUN device (default: meshd0)").argParser(parseTunName))
    .addOption(new Option("--port <port>", "UDP port, 0 for any (default: 0, then kept)").argParser(parsePort))
    .addOption(booleanOption("shields-up", "refuse everything inbound (default: false)"))
    .addOption(booleanOption("port-mapping", "ask the router for a port: PCP, NAT-PMP, UPnP (default: true)"))
    .addOption(new Option("--no-port-mapping", "do not"))
    .addOption(booleanOption("offer-relay", "relay for other nodes of the mesh (default: false)"))
    .addOption(
      new Option("--relay-port <port>", "UDP port of that relay, 0 for any (default: 0, then kept)").argParser(
        parsePort,
      ),
    )
    .addOption(
      new Option("--relay-rate <bits>", "bits a second that it carries, 0 for no limit (default: 100M)").argParser(
        parseRate,
      ),
    )
    .addOption(new Option("--operator <user>", "a user who may change this node besides root"))
    .addOption(socketOption("daemon"))
    .addOption(stateDirectoryOption("daemon"));
}

/** The settings that were given, with the auth key still as text. Errors: usage, where the key's file or variable cannot be read. */
export function settingsFrom(options: NodeOptions): UpRequest {
  const { authkey, hostname, acceptDns, tun, port, shieldsUp, portMapping, operator } = options;
  const { offerRelay, relayPort, relayRate } = options;
  return {
    ...(authkey === undefined ? {} : { authKey: readAuthKey(authkey) }),
    ...(hostname === undefined ? {} : { hostname }),
    ...(acceptDns === undefined ? {} : { acceptDns }),
    ...(tun === undefined ? {} : { tun }),
    ...(port === undefined ? {} : { port }),
    ...(shieldsUp === undefined ? {} : { shieldsUp }),
    ...(portMapping === undefined ? {} : { portMapping }),
    ...(offerRelay === undefined ? {} : { offerRelay }),
    ...(relayPort === undefined ? {} : { relayPort }),
    ...(relayRate === undefined ? {} : { relayRate }),
    ...(operator === undefined ? {} : { operator }),
  };
}

/** A key has at most 8 KiB. */
export const MAX_KEY_FILE_BYTES = 16_384;

/** Before anything is sent: a typo is the caller's, not the coordinator's, to find. Loads the protocol only here. */
export async function checkAuthKey({ authKey }: UpRequest): Promise<void> {
  if (authKey === undefined) return;
  const { parseAuthKey, sodiumReady } = await import("../identity/index.ts");
  await sodiumReady();
  parseAuthKey(authKey);
}

/** "file:PATH" and "env:NAME" keep the key out of the list of processes. */
function readAuthKey(source: string, env: NodeJS.ProcessEnv = process.env): string {
  const path = namedFile(source);
  if (path !== undefined) {
    try {
      return readSmallFile(path, MAX_KEY_FILE_BYTES).trim();
    } catch (error) {
      throw usageError(`cannot read the auth key from ${path}: ${error instanceof Error ? error.message : ""}`);
    }
  }
  if (source.startsWith("env:")) {
    const name = source.slice("env:".length);
    const value = env[name]?.trim();
    if (value === undefined || value === "") throw usageError(`the environment variable ${name} holds no auth key`);
    return value;
  }
  return source.trim();
}

/** The coordinator makes a DNS label of it (RFC 1123 §2.1), so that "Ann's Laptop" will do. */
function parseHostname(name: string): string {
  if (parseText(name).length > 63 || !/[\p{L}\p{N}]/u.test(name)) {
    throw new InvalidArgumentError("expected a name of 1 to 63 characters, such as laptop.");
  }
  return name;
}

/** IFNAMSIZ is 16 with the closing zero byte (netdevice(7)); the kernel refuses "/", ":" and white space. */
function parseTunName(name: string): string {
  if (!/^[A-Za-z0-9_.-]{1,15}$/.test(name) || name === "." || name === "..") {
    throw new InvalidArgumentError(
      'it is no name for a TUN device: expected 1 to 15 letters, digits, "_", "." or "-".',
    );
  }
  return name;
}
