// The JSON files of the state directory. Read strictly: what is not as expected is a reason, never a guess. Written so that a field of a
// newer meshd outlives an older one: only a change that an older one must not overlook raises the version, and that it refuses.
import { rename } from "node:fs/promises";
import { MeshdError } from "../protocol/errors.ts";
import { readIfThere, writeAtomic } from "./atomic-file.ts";

export type Fields = Readonly<Record<string, unknown>>;

const VERSION = 1;

/** Throws MeshdError "corrupt-state", where `advice` says what to do about this file, and "state-newer". */
export function parseFields(path: string, content: Uint8Array, advice: string): Fields {
  const corrupt = (reason: string): MeshdError =>
    new MeshdError("corrupt-state", 1, `the file ${path} is damaged (${reason}); ${advice}`);
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(content).toString("utf8"));
  } catch {
    throw corrupt("it is not JSON");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw corrupt("it is not a JSON object");
  const fields = value as Fields;
  const { version } = fields;
  if (typeof version !== "number" || !Number.isInteger(version) || version < 1) throw corrupt("its version is missing");
  if (version > VERSION) throw newer(path, version);
  return fields;
}

function newer(path: string, version: number): MeshdError {
  const versions = `version ${String(version)}, this one knows ${String(VERSION)}`;
  const advice = "install that meshd again, or restore the file from a backup";
  return new MeshdError("state-newer", 1, `the file ${path} was written by a newer meshd (${versions}); ${advice}`);
}

/**
 * Writes `fields` with what the file has beside them. A field that is undefined is removed. `identity`: the field that says whom the file
 * is about; where it changes, nothing of the old file is kept.
 */
export async function writeFields(path: string, fields: Fields, identity?: string): Promise<void> {
  const before = await presentFields(path);
  const kept = identity === undefined || before[identity] === fields[identity] ? before : {};
  await writeAtomic(path, `${JSON.stringify({ ...kept, version: VERSION, ...fields }, undefined, 2)}\n`);
}

/** Of a file that cannot be read, nothing is kept: whoever writes has read it before, or set it aside. */
async function presentFields(path: string): Promise<Fields> {
  try {
    const content = await readIfThere(path);
    return content === undefined ? {} : parseFields(path, content, "");
  } catch (error) {
    if (error instanceof MeshdError && error.code === "corrupt-state") return {};
    throw error;
  }
}

/** Puts a file that cannot be used out of the way, for whoever wants to look at it. What was done, in words. */
export async function setAside(path: string): Promise<string> {
  try {
    await rename(path, `${path}.unusable`);
    return `it was set aside as ${path}.unusable`;
  } catch {
    return `it stays where it is, ${path}`;
  }
}

/** Undefined for anything but base64url of exactly `length` bytes. */
export function bytesField(value: unknown, length: number): Uint8Array | undefined {
  if (typeof value !== "string") return undefined;
  const bytes = new Uint8Array(Buffer.from(value, "base64url"));
  return bytes.length === length && toText(bytes) === value ? bytes : undefined;
}

export function toText(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64url");
}
