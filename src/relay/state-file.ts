// What a relay keeps: its own key, whom it serves (from its token), and which nodes are no members any more, so that it works while the
// coordinator is away.
import { join } from "node:path";
import { readIfThere } from "../host/atomic-file.ts";
import { bytesField, parseFields, toText, writeFields } from "../host/fields.ts";
import type { AuthKey } from "../identity/auth-key.ts";
import { generateSigningKey, type SigningKey, signingKeyFromSeed } from "../identity/keys.ts";
import { formatHostPort, type HostPort, parseHostPort } from "../protocol/address.ts";
import { MeshdError } from "../protocol/errors.ts";
import { KEY_BYTES, KEY_ID_BYTES, SECRET_BYTES } from "../protocol/limits.ts";
import { type NodeKey, nodeKeyFromBytes } from "../protocol/node-key.ts";
import { Secret } from "../protocol/secret.ts";

export interface RelayState {
  readonly relay: SigningKey;
  readonly token: AuthKey;
  /** "" until the coordinator told. */
  readonly name: string;
  readonly revoked: readonly NodeKey[];
}

const ADVICE = "restore it from a backup, or delete it and join again with a new token";

function statePath(stateDir: string): string {
  return join(stateDir, "relay.json");
}

/** A relay that has never joined. */
export function newRelayState(token: AuthKey): RelayState {
  return { relay: generateSigningKey(), token, name: "", revoked: [] };
}

/** Undefined: it has never joined. Errors: `MeshdError` "corrupt-state". */
export async function loadRelayState(stateDir: string): Promise<RelayState | undefined> {
  const path = statePath(stateDir);
  const content = await readIfThere(path);
  if (content === undefined) return undefined;
  const fields = parseFields(path, content, ADVICE);
  const seed = bytesField(fields.seed, KEY_BYTES);
  const rootKey = bytesField(fields.rootKey, KEY_BYTES);
  const keyId = bytesField(fields.tokenId, KEY_ID_BYTES);
  const secret = bytesField(fields.tokenSecret, SECRET_BYTES);
  const coordinators = texts(fields.coordinators).flatMap((text) => parseHostPort(text) ?? []);
  if (seed === undefined || rootKey === undefined || keyId === undefined || secret === undefined) {
    throw new MeshdError("corrupt-state", 1, `the file ${path} is damaged (a key is missing or cut short); ${ADVICE}`);
  }
  return {
    relay: signingKeyFromSeed(seed),
    token: { rootKey, keyId, secret: new Secret(secret), coordinators },
    name: typeof fields.name === "string" ? fields.name : "",
    revoked: texts(fields.revoked).flatMap((text) => {
      const key = bytesField(text, KEY_BYTES);
      return key === undefined ? [] : [nodeKeyFromBytes(key)];
    }),
  };
}

export async function saveRelayState(stateDir: string, { relay, token, name, revoked }: RelayState): Promise<void> {
  const fields = {
    seed: toText(relay.seed.reveal()),
    rootKey: toText(token.rootKey),
    tokenId: toText(token.keyId),
    tokenSecret: toText(token.secret.reveal()),
    coordinators: token.coordinators.map(formatHostPort),
    name,
    revoked,
  };
  await writeFields(statePath(stateDir), fields, "seed");
}

/** The coordinators the relay was last told of first, then those of its token. */
export function mergeCoordinators(told: readonly HostPort[], before: readonly HostPort[]): readonly HostPort[] {
  const all = new Map([...told, ...before].map((at) => [formatHostPort(at), at]));
  return [...all.values()].slice(0, 16);
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((text) => typeof text === "string") : [];
}
