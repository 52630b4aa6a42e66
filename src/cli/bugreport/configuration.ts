// The configuration file of a role, without what must not leave the machine: secrets, and values of keys that are none.
import { existsSync } from "node:fs";
import { parse } from "smol-toml";
import { readSmallFile } from "../../host/small-file.ts";
import { SECRET_OPTIONS } from "../options.ts";

const MAX_BYTES = 1 << 20;

export function configurationOf(path: string): unknown {
  if (!existsSync(path)) return `no ${path}`;
  return { path, ...withoutSecrets(parseQuietly(readSmallFile(path, MAX_BYTES))) };
}

/** The parser's own message shows the lines around the error: one of them may hold a key. */
function parseQuietly(text: string): object {
  try {
    return parse(text);
  } catch (error) {
    const line = error instanceof Error && "line" in error ? `, line ${String(error.line)}` : "";
    throw new Error(`it is not valid TOML${line}`, { cause: error });
  }
}

export function withoutSecrets(table: object): object {
  return Object.fromEntries(
    Object.entries(table).map(([key, value]: [string, unknown]) => [
      key,
      [...SECRET_OPTIONS].some((secret) => key.toLowerCase().includes(secret)) ? "[secret]" : value,
    ]),
  );
}
