// Which mesh this node is in: the trust root, and where its coordinators were last known to be.
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { formatHostPort, type HostPort, parseHostPort } from "../protocol/address.ts";
import { MeshdError } from "../protocol/errors.ts";
import { bytesField, parseFields, toText } from "../host/fields.ts";
import { readTwice, removeTwice, writeTwice } from "../host/kept-twice.ts";

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

/**
 * Undefined: not joined. `onProblem` hears of a damaged file whose copy took its place. Errors: `MeshdError` "corrupt-state" where there is
 * no copy.
 */
export async function loadMesh(
  stateDir: string,
  onProblem: (words: string) => void = () => undefined,
): Promise<Mesh | undefined> {
  const path = meshPath(stateDir);
  return readTwice(path, (content) => interpret(path, content), onProblem);
}

function interpret(path: string, content: Uint8Array): Mesh {
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
  await writeTwice(meshPath(stateDir), fields, "rootKey");
}

/** Forgets the mesh and what it said. The identity stays. */
export async function forgetMesh(stateDir: string): Promise<void> {
  await removeTwice(meshPath(stateDir));
  for (const name of ["netmap", "tickets.json"]) await rm(join(stateDir, name), { force: true });
}
