// Secrets that a lab handed out, and those that its daemons made: looked for in everything that they wrote but where it is kept.
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { parseAuthKey, parseRelayToken, sodiumReady } from "../../src/identity/index.ts";

export interface NamedSecret {
  readonly name: string;
  readonly bytes: Uint8Array;
}

// Keys are read by it, and a lab ends without waiting for anything.
await sodiumReady();

/** What looks like an auth key or a relay token. */
export const KEY_TEXT = /\bmesh(?:relay)?-[\w-]{60,}/g;
/** What a new coordinator prints for people, to be typed on another machine. No other line of a log may hold a key. */
const PRINTED_FOR_PEOPLE = /^.*meshd up --authkey mesh-.*$/gm;
const FIELDS_OF: Readonly<Record<string, readonly string[]>> = {
  "identity.json": ["nodeSeed", "discoKey"],
  "relay.json": ["seed", "tokenSecret"],
};

/** All that daemons below `directory` keep, and the keys among `handedOut`; a file that a test damaged has none. */
export function secretsBelow(directory: string, handedOut: Iterable<string>): readonly NamedSecret[] {
  const paths = readdirSync(directory, { recursive: true, encoding: "utf8" });
  const printed = logsBelow(directory).flatMap(({ text }) => text.match(KEY_TEXT) ?? []);
  return [
    ...[...new Set([...handedOut, ...printed])].flatMap((key) => attempt(() => secretOfKey(key))),
    ...paths.flatMap((path) => attempt(() => secretsIn(directory, path))),
  ];
}

/** The names of those secrets that are in `text`, in whatever encoding. */
export function leaksIn(text: string, secrets: readonly NamedSecret[]): readonly string[] {
  return secrets.flatMap(({ name, bytes }) =>
    (["base64url", "base64", "hex"] as const)
      .filter((encoding) => needles(bytes, encoding).some((needle) => text.includes(needle)))
      .map((encoding) => `${name} as ${encoding}`),
  );
}

/** What everything below `directory` logged, without what is printed once for people. */
export function logsBelow(directory: string): readonly { readonly name: string; readonly text: string }[] {
  return readdirSync(directory, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".log"))
    .map((name) => ({ name, text: readFileSync(join(directory, name), "utf8") }));
}

export function withoutPrintedKeys(text: string): string {
  return text.replaceAll(PRINTED_FOR_PEOPLE, "");
}

/** An encoding of a part of the message begins at another of three phases: the middle of each is looked for. */
function needles(bytes: Uint8Array, encoding: "base64url" | "base64" | "hex"): readonly string[] {
  return [0, 1, 2].map((phase) =>
    Buffer.from(bytes.subarray(phase, phase + bytes.length - 2))
      .toString(encoding)
      .slice(0, 40),
  );
}

function secretOfKey(key: string): readonly NamedSecret[] {
  const isToken = key.startsWith("meshrelay-");
  const { secret } = isToken ? parseRelayToken(key) : parseAuthKey(key);
  return [{ name: isToken ? "relay token" : "auth key", bytes: secret.reveal() }];
}

function secretsIn(directory: string, path: string): readonly NamedSecret[] {
  const fields = FIELDS_OF[basename(path)];
  if (fields !== undefined) {
    const stored = JSON.parse(readFileSync(join(directory, path), "utf8")) as Readonly<Record<string, string>>;
    return fields.map((field) => ({
      name: `${field} of ${path}`,
      bytes: new Uint8Array(Buffer.from(stored[field] ?? "", "base64url")),
    }));
  }
  return basename(path) === "coordinator.db" ? seedsIn(join(directory, path)) : [];
}

function seedsIn(file: string): readonly NamedSecret[] {
  using database = new DatabaseSync(file, { readOnly: true });
  const row = database.prepare("SELECT root_seed, relay_seed FROM mesh").get() ?? {};
  return Object.entries(row).flatMap(([name, bytes]) => (bytes instanceof Uint8Array ? [{ name, bytes }] : []));
}

function attempt(find: () => readonly NamedSecret[]): readonly NamedSecret[] {
  try {
    return find().filter(({ bytes }) => bytes.length === 32);
  } catch {
    return [];
  }
}
