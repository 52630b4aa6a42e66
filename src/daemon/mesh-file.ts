// Which mesh this node is in: the trust root, and where its coordinators were last known to be.
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { formatHostPort, type HostPort, parseHostPort } from "../protocol/address.ts";
import { MeshdError } from "../protocol/errors.ts";
import { readIfThere } from "../host/atomic-file.ts";
import { bytesField, parseFields, toText, writeFields } from "../host/fields.ts";

export interface Mesh {
  /** Ed25519 public key. */
  readonly rootKey: Uint8Array;
  /** Best first. */
  readonly coordinators: readonly HostPort[];
}

const ROOT_KEY_BYTES = 32;
const ADVICE = "delete it and join again with `meshd up --authkey KEY`";

function meshPath(stateDir: string): string {
  return join(stateDir, "mesh.json");
}

/** Undefined: not joined. */
export async function loadMesh(stateDir: string): Promise<Mesh | undefined> {
  const path = meshPath(stateDir);
  const content = await readIfThere(path);
  if (content === undefined) return undefined;
  const fields = parseFields(path, content, ADVICE);
  const rootKey = bytesField(fields.rootKey, ROOT_KEY_BYTES);
  const texts: readonly unknown[] = Array.isArray(fields.coordinators) ? fields.coordinators : [];
  const coordinators = texts.flatMap((text) => (typeof text === "string" ? (parseHostPort(text) ?? []) : []));
  if (rootKey === undefined || coordinators.length === 0) {
    throw new MeshdError("corrupt-state", 1, `the file ${path} is damaged (it names no mesh); ${ADVICE}`);
  }
  return { rootKey, coordinators };
}

export async function saveMesh(stateDir: string, { rootKey, coordinators }: Mesh): Promise<void> {
  const fields = { rootKey: toText(rootKey), coordinators: coordinators.map(formatHostPort) };
  await writeFields(meshPath(stateDir), fields, "rootKey");
}

/** Forgets the mesh and what it said. The identity stays. */
export async function forgetMesh(stateDir: string): Promise<void> {
  for (const name of ["mesh.json", "netmap", "tickets.json"]) await rm(join(stateDir, name), { force: true });
}
