// What the user wants of this node, kept across restarts.
import { join } from "node:path";
import type { UpRequest } from "../local-api/node-api.ts";
import { MeshdError } from "../protocol/errors.ts";
import { type Fields, parseFields } from "../host/fields.ts";
import { readTwice, writeTwice } from "../host/kept-twice.ts";

export interface Settings {
  /** Connect at start: `up` sets it, `down` clears it. */
  readonly running: boolean;
  /** Undefined: the host's name. */
  readonly hostname: string | undefined;
  readonly acceptDns: boolean;
  readonly tun: string;
  /** 0: any, and then the one of last time. */
  readonly port: number;
  readonly shieldsUp: boolean;
  /** Ask the router for a port. */
  readonly portMapping: boolean;
  /** Relay for other nodes of the mesh. */
  readonly offerRelay: boolean;
  /** Of that relay. 0: any, and then the one of last time. */
  readonly relayPort: number;
  /** Bits a second that it carries; 0: no limit. */
  readonly relayRate: number;
  /** A user's name, or "". */
  readonly operator: string;
}

export const DEFAULT_SETTINGS: Settings = {
  running: false,
  hostname: undefined,
  acceptDns: true,
  tun: "meshd0",
  port: 0,
  shieldsUp: false,
  portMapping: true,
  offerRelay: false,
  relayPort: 0,
  relayRate: 100_000_000,
  operator: "",
};

/** Settings that only a new connection can take over. */
export function needsRestart(before: Settings, after: Settings): boolean {
  return before.hostname !== after.hostname || before.tun !== after.tun || before.port !== after.port;
}

export function mergeSettings(settings: Settings, request: UpRequest): Settings {
  return {
    ...settings,
    hostname: request.hostname ?? settings.hostname,
    acceptDns: request.acceptDns ?? settings.acceptDns,
    tun: request.tun ?? settings.tun,
    port: request.port ?? settings.port,
    shieldsUp: request.shieldsUp ?? settings.shieldsUp,
    portMapping: request.portMapping ?? settings.portMapping,
    offerRelay: request.offerRelay ?? settings.offerRelay,
    relayPort: request.relayPort ?? settings.relayPort,
    relayRate: request.relayRate ?? settings.relayRate,
    operator: request.operator ?? settings.operator,
  };
}

const ADVICE = "delete it to start from the default settings";

function settingsPath(stateDir: string): string {
  return join(stateDir, "settings.json");
}

/** `onProblem` hears of a damaged file whose copy took its place. Errors: `MeshdError` "corrupt-state" where there is no copy. */
export async function loadSettings(
  stateDir: string,
  onProblem: (words: string) => void = () => undefined,
): Promise<Settings> {
  const path = settingsPath(stateDir);
  const interpret = (content: Uint8Array) => settingsFromFields(path, parseFields(path, content, ADVICE));
  return (await readTwice(path, interpret, onProblem)) ?? DEFAULT_SETTINGS;
}

export async function saveSettings(stateDir: string, settings: Settings): Promise<void> {
  await writeTwice(settingsPath(stateDir), { ...settings });
}

function settingsFromFields(path: string, fields: Fields): Settings {
  const request = upRequestFrom(fields);
  if (typeof request === "string") {
    throw new MeshdError("corrupt-state", 1, `the file ${path} is damaged (${request}); ${ADVICE}`);
  }
  return { ...mergeSettings(DEFAULT_SETTINGS, request), running: fields.running === true };
}

const TEXTS = ["authKey", "hostname", "tun", "operator"] as const;
const FLAGS = ["acceptDns", "shieldsUp", "portMapping", "offerRelay"] as const;
const NUMBERS = ["port", "relayPort", "relayRate", "timeoutMs"] as const;

/** All that a body of POST /v1/up may have. */
export const UP_FIELDS: readonly string[] = [...TEXTS, ...FLAGS, ...NUMBERS];
/** What a timer can wait: some 24 days. */
const MAX_TIMER_MS = 2 ** 31 - 1;
/** IFNAMSIZ is 16 with the closing zero byte (netdevice(7)). */
const TUN_NAME = /^(?!\.{1,2}$)[A-Za-z0-9_.-]{1,15}$/;

/** The settings in a body of POST /v1/up or in the file; else what is wrong with it. */
export function upRequestFrom(fields: Fields): UpRequest | string {
  for (const name of TEXTS) {
    const value = fields[name];
    if (value !== undefined && (typeof value !== "string" || value.length > 8192)) return `${name} is not a text`;
    // eslint-disable-next-line no-control-regex -- they are what is refused
    if (typeof value === "string" && /[\x00-\x1f\x7f]/.test(value.trim()))
      return `${name} has control characters in it`;
  }
  for (const name of FLAGS) {
    const value = fields[name];
    if (value !== undefined && typeof value !== "boolean") return `${name} is neither true nor false`;
  }
  for (const name of NUMBERS) {
    const value = fields[name];
    if (value === undefined) continue;
    if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0) return `${name} is not a whole number`;
    if ((name === "port" || name === "relayPort") && value > 65535) return `${name} is above 65535`;
    if (name === "timeoutMs" && (value === 0 || value > MAX_TIMER_MS))
      return `${name} is not from 1 to ${String(MAX_TIMER_MS)}`;
  }
  const { hostname, tun } = fields;
  if (typeof tun === "string" && !TUN_NAME.test(tun)) return "tun is no name for a TUN device";
  if (typeof hostname === "string" && (hostname === "" || hostname.length > 63))
    return "hostname has not 1 to 63 characters";
  const known = UP_FIELDS.map((name) => [name, fields[name]] as const);
  return Object.fromEntries(known.filter(([, value]) => value !== undefined));
}
