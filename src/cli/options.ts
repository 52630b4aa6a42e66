// Options as every verb understands them: parsers of values, the options that all share, and where values come from:
// flags before environment (MESHD_ and the flag in capitals) before the configuration file before defaults.
import { existsSync } from "node:fs";
import { type Command, InvalidArgumentError, Option } from "commander";
import { MAX_SOCKET_PATH_BYTES } from "../host/directories.ts";
import { readSmallFile } from "../host/small-file.ts";
import { parseHostPort } from "../protocol/address.ts";
import type { MeshdError } from "../protocol/errors.ts";
import { usageError } from "./errors.ts";
import { unknown } from "../local-api/nearest.ts";
import { variableOf } from "./unknown-variables.ts";

/** What src/cli/verbs.ts calls to give a verb (already named and described) its options, arguments and action. */
export type ConfigureCommand = (command: Command) => void;

// ---- values

/** "90", "90s", "500ms", "5m", "24h", "7d" as milliseconds; a bare number is seconds. */
export function parseDuration(text: string): number {
  const match = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h|d)?$/.exec(text.trim());
  if (match === null) throw new InvalidArgumentError("expected a duration such as 30s, 5m, 24h or 7d.");
  return Math.round(Number(match[1]) * (DURATION_UNITS_MS[match[2] ?? "s"] ?? 1000));
}

const DURATION_UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** What a timer can wait: 2^31 - 1 ms, some 24 days. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** A duration above zero that a timer can wait. */
export function parseWait(text: string): number {
  const ms = parseDuration(text);
  if (ms <= 0 || ms > MAX_TIMER_MS) throw new InvalidArgumentError("expected a time above zero and below 24 days.");
  return ms;
}

const MAX_TEXT_LENGTH = 8192;

/** Any text that is one: every option without a parser of its own takes this. */
export function parseText(text: string): string {
  if (text.trim() === "") throw new InvalidArgumentError("it is empty; leave it out or give a value.");
  // eslint-disable-next-line no-control-regex -- they are what is refused
  if (/[\x00-\x1f\x7f]/.test(text)) throw new InvalidArgumentError("it contains control characters.");
  if (text.length > MAX_TEXT_LENGTH) throw new InvalidArgumentError("it is too long.");
  return text;
}

function parseSocketPath(text: string): string {
  if (Buffer.byteLength(parseText(text)) > MAX_SOCKET_PATH_BYTES) {
    throw new InvalidArgumentError(`expected a path of at most ${String(MAX_SOCKET_PATH_BYTES)} bytes.`);
  }
  return text;
}

/** 0 to 65535, where 0 means "any". */
export function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65535) throw new InvalidArgumentError("expected a port from 0 to 65535.");
  return port;
}

export function parseCount(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError("expected a whole number above 0.");
  return Number(text);
}

/** For `--flag[=true|false]`. */
export function parseBoolean(text: string): boolean {
  if (["true", "yes", "on", "1"].includes(text.toLowerCase())) return true;
  if (["false", "no", "off", "0"].includes(text.toLowerCase())) return false;
  throw new InvalidArgumentError("expected true or false.");
}

/** "a,b , c": trimmed, without empty parts. Repeating the option adds to it. */
export function parseList(text: string, previous: readonly string[] = []): readonly string[] {
  return [
    ...previous,
    ...text
      .split(",")
      .map((part) => part.trim())
      .filter((part) => part !== ""),
  ];
}

/** "100M", "1.5G", "500k", or a bare number: bits a second. */
export function parseRate(text: string): number {
  const match = /^(\d{1,9}(?:\.\d{1,3})?)([kMG])?(?:bit)?$/.exec(text.trim());
  if (match === null) throw new InvalidArgumentError("expected bits a second, such as 500k, 100M or 1G.");
  return Math.round(Number(match[1]) * ({ k: 1e3, M: 1e6, G: 1e9 }[match[2] ?? ""] ?? 1));
}

/** A name or IP address, without a port. */
export function checkedHost(text: string): string {
  const host = text.includes(":") && !text.startsWith("[") ? `[${text}]` : text;
  const parsed = parseHostPort(`${host}:1`);
  if (parsed === undefined) {
    throw usageError(`--public-address ${text} is not a name or IP address; the port is that of --listen`);
  }
  return parsed.host;
}

/** The first SIGINT or SIGTERM; the second ends the process as usual. */
export function untilSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      process.once(signal, () => {
        resolve(signal);
      });
    }
  });
}

// ---- options

/** `--name[=BOOL]`; without a value true. */
export function booleanOption(name: string, description: string): Option {
  return new Option(`--${name} [bool]`, description).argParser(parseBoolean);
}

export function socketOption(role: string): Option {
  return new Option("--socket <path>", `socket of the ${role}`).argParser(parseSocketPath);
}

export function stateDirectoryOption(role: string): Option {
  return new Option("--state-dir <dir>", `directory of the ${role}'s state`);
}

export function publicAddressOption(): Option {
  const description = "where nodes find this host, if it is behind a 1:1 NAT: a name or IP address";
  return new Option("--public-address <host>", description);
}

export function jsonOption(): Option {
  return new Option("--json", "print JSON");
}

export function timeoutOption(defaultMs: number): Option {
  const text = `${String(defaultMs / 1000)}s`;
  return new Option("--timeout <duration>", "give up after this time").argParser(parseWait).default(defaultMs, text);
}

export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export function logLevelOption(description = "how much to log"): Option {
  return new Option("--log-level <level>", description).choices(LOG_LEVELS).default("info");
}

/** "\nExamples:\n  ..." below a verb's --help. */
export function examples(command: Command, ...lines: readonly string[]): void {
  command.addHelpText(
    "after",
    `\nExample${lines.length > 1 ? "s" : ""}:\n${lines.map((line) => `  ${line}`).join("\n")}`,
  );
}

// ---- where values come from

/** Options of one call, such as how to print: no environment variable and no configuration key stands for them. */
const COMMAND_LINE_ONLY: ReadonlySet<string> = new Set([
  "json",
  "watch",
  "foreground",
  "cleanup",
  "ready-fd",
  "out",
  "full",
  "help",
  "version",
]);

/** Gives every option its MESHD_ variable. Called once for each verb, after its options are declared. */
export function readEnvironment(command: Command): void {
  for (const option of command.options) {
    const name = option.name();
    if (COMMAND_LINE_ONLY.has(name) || option.long === undefined) continue;
    const variable = variableOf(name);
    option.env(variable);
    // commander says when the variable counts (it is set, and no flag was given), but would read it only for options that
    // had it when they were added, and would take a set MESHD_X=false for true.
    command.on(`optionEnv:${name}`, () => {
      const value = valueFrom(option, variable, process.env[variable] ?? "");
      command.setOptionValueWithSource(option.attributeName(), value, "env");
    });
  }
}

/** What one call is told. A file is of a role: `up` and `daemon` read the same one. */
const NO_KEYS: ReadonlySet<string> = new Set(["config", "timeout"]);

/** The options that a configuration file may set. Known once every option has its variable. */
export function configurationKeys(command: Command): readonly Option[] {
  return command.options.filter((option) => option.envVar !== undefined && !NO_KEYS.has(option.name()));
}

/**
 * Declares `--config` (default /etc/meshd/ROLE.toml) and reads it before the action runs: keys are the flags' names. An unknown
 * key is an error that names the nearest one; so is a file that was asked for and is not there.
 */
export function readConfigurationFile(command: Command, role: "node" | "coordinator" | "relay"): void {
  const defaultPath = `/etc/meshd/${role}.toml`;
  command.addOption(new Option("--config <file>", `configuration file (default: ${defaultPath})`));
  command.hook("preAction", async (_, actionCommand) => {
    if (actionCommand !== command) return;
    const asked: unknown = command.getOptionValue("config");
    const path = typeof asked === "string" ? asked : defaultPath;
    if (typeof asked === "string" || existsSync(path)) await applyConfigurationFile(command, path);
  });
}

async function applyConfigurationFile(command: Command, path: string): Promise<void> {
  const { parse } = await import("smol-toml");
  const table = parseToml(parse, path, readConfiguration(path));
  const options = configurationKeys(command);
  for (const [key, value] of Object.entries(table)) {
    const option = options.find((candidate) => candidate.name() === key);
    if (option === undefined)
      throw usageError(
        `${path}: ${unknown(
          "key",
          key,
          options.map((known) => known.name()),
        )}`,
      );
    const source = command.getOptionValueSource(option.attributeName());
    if (source === "cli" || source === "env") continue;
    command.setOptionValueWithSource(option.attributeName(), configured(option, path, key, value), "config");
  }
}

const MAX_CONFIGURATION_BYTES = 1 << 20;

function readConfiguration(path: string): string {
  try {
    return readSmallFile(path, MAX_CONFIGURATION_BYTES);
  } catch (error) {
    throw usageError(`cannot read the configuration ${path}: ${reasonOf(error)}`);
  }
}

function parseToml(parse: (text: string) => object, path: string, text: string): object {
  try {
    return parse(text);
  } catch (error) {
    const line = error instanceof Error && "line" in error ? `:${String(error.line)}` : "";
    const reason = reasonOf(error).split("\n")[0] ?? "";
    throw usageError(`${path}${line}: ${reason.replace(/^Invalid TOML document: /, "not valid TOML: ")}`);
  }
}

function configured(option: Option, path: string, key: string, value: unknown): unknown {
  const where = `${path}: ${key}`;
  if (typeof value !== "string" && typeof value !== "number" && typeof value !== "boolean")
    throw usageError(`${where} is not a plain value; write ${key} = "VALUE"`);
  // A text that was forgotten to be quoted, or a name that reads as a truth value.
  if (typeof value === "boolean" && !option.isBoolean() && !option.optional) {
    throw usageError(`${where} = ${String(value)}: expected a text or a number; write ${key} = "VALUE"`);
  }
  return valueFrom(option, where, String(value));
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Options whose value no message repeats. */
export const SECRET_OPTIONS: ReadonlySet<string> = new Set(["authkey", "join"]);

/** The value of an option that was given as text elsewhere than on the command line; `where` is for messages. */
function valueFrom(option: Option, where: string, text: string): unknown {
  const problem = (error: unknown): MeshdError =>
    usageError(
      `${where}${SECRET_OPTIONS.has(option.name()) ? "" : ` = ${quoted(text)}`}: ${reasonOf(error).replace(/\.$/, "")}`,
    );
  try {
    if (option.isBoolean()) return parseBoolean(text) !== option.negate;
    return option.parseArg === undefined ? text : option.parseArg<unknown>(text, undefined);
  } catch (error) {
    throw problem(error);
  }
}

/** As it is where it can be read so, else in quotes. */
function quoted(text: string): string {
  return /^\S+$/.test(text) ? text : JSON.stringify(text);
}

/** PATH of "file:PATH", which stands for a secret. */
export function namedFile(source: string | undefined): string | undefined {
  return source?.startsWith("file:") === true ? source.slice("file:".length) : undefined;
}
