// Who this node is: its node key and its disco key. Made once; a damaged file is never silently replaced, because the node would come
// back as a stranger.
import { join } from "node:path";
import {
  type DiscoKey,
  discoKeyFromSecret,
  generateDiscoKey,
  generateSigningKey,
  type SigningKey,
  signingKeyFromSeed,
} from "../identity/index.ts";
import { MeshdError } from "../protocol/errors.ts";
import { readIfThere, writeAtomic } from "../host/atomic-file.ts";
import { bytesField, parseFields, toText } from "../host/fields.ts";

export interface Identity {
  readonly node: SigningKey;
  readonly disco: DiscoKey;
}

const KEY_BYTES = 32;
const ADVICE = "restore it from a backup, or delete it to join as a new node";

export function identityPath(stateDir: string): string {
  return join(stateDir, "identity.json");
}

/** Makes the identity where there is none. Errors: `MeshdError` "corrupt-state". */
export async function loadIdentity(stateDir: string): Promise<Identity> {
  const path = identityPath(stateDir);
  const content = await readIfThere(path);
  if (content === undefined) {
    const identity = { node: generateSigningKey(), disco: generateDiscoKey() };
    await writeAtomic(path, serialize(identity));
    return identity;
  }
  const { nodeSeed, discoKey } = parseFields(path, content, ADVICE);
  const seed = bytesField(nodeSeed, KEY_BYTES);
  const disco = bytesField(discoKey, KEY_BYTES);
  if (seed === undefined || disco === undefined) {
    throw new MeshdError("corrupt-state", 1, `the file ${path} is damaged (a key is missing or cut short); ${ADVICE}`);
  }
  return { node: signingKeyFromSeed(seed), disco: discoKeyFromSecret(disco) };
}

function serialize({ node, disco }: Identity): string {
  const fields = { version: 1, nodeSeed: toText(node.seed.reveal()), discoKey: toText(disco.secretKey.reveal()) };
  return `${JSON.stringify(fields)}\n`;
}
