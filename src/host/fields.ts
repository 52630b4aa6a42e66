// Reads the JSON files of the state directory strictly: what is not as expected is a reason, never a guess.
import { MeshdError } from "../protocol/errors.ts";

export type Fields = Readonly<Record<string, unknown>>;

/** Throws MeshdError "corrupt-state": `advice` says what to do about this file. */
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
  if (fields.version !== 1) throw corrupt(`it is of version ${String(fields.version)}, this meshd knows 1`);
  return fields;
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
