// Bodies of admin requests, checked.
import { unknown } from "../local-api/nearest.ts";
import { MeshdError } from "../protocol/errors.ts";
import { MAX_TAGS, MAX_TEXT } from "../protocol/limits.ts";
import type { AuthKeyOptions } from "./auth-keys.ts";

export interface KeyRequest extends Omit<AuthKeyOptions, "expiresUnixMs"> {
  /** Undefined: never. */
  readonly expiresInMs?: number;
}

/** A key that outlives this is a key that never expires. */
const MAX_EXPIRY_MS = 100 * 365 * 24 * 3_600_000;
const TAG = /^tag:[a-z][a-z0-9-]*$/;

export function parseKeyRequest(body: unknown): KeyRequest {
  const { reusable, ephemeral, tags, expiresInMs } = fieldsOf(body, ["reusable", "ephemeral", "tags", "expiresInMs"]);
  const key = {
    reusable: flag(reusable, "reusable"),
    ephemeral: flag(ephemeral, "ephemeral"),
    preapproved: true,
    tags: tagList(tags),
  };
  if (expiresInMs === undefined || expiresInMs === null) return key;
  if (typeof expiresInMs !== "number" || !(expiresInMs > 0 && expiresInMs <= MAX_EXPIRY_MS)) {
    throw invalid("the time to expiry must be above zero and at most 100 years");
  }
  return { ...key, expiresInMs: Math.round(expiresInMs) };
}

export function parseRename(body: unknown): string {
  const { name } = fieldsOf(body, ["name"]);
  if (typeof name !== "string") throw invalid("name is missing");
  return name;
}

/** The name of a new relay. */
export function parseRelayRequest(body: unknown): string {
  const { name } = fieldsOf(body, ["name"]);
  if (typeof name !== "string") throw invalid("name is missing");
  return name;
}

function fieldsOf<Name extends string>(body: unknown, names: readonly Name[]): Partial<Record<Name, unknown>> {
  if (typeof body !== "object" || body === null || Array.isArray(body)) throw invalid("the body must be an object");
  const stranger = Object.keys(body).find((key) => !names.some((name) => name === key));
  if (stranger !== undefined) throw invalid(unknown("field", stranger, names));
  return body;
}

function flag(value: unknown, name: string): boolean {
  if (value === undefined) return false;
  if (typeof value !== "boolean") throw invalid(`${name} must be true or false`);
  return value;
}

function tagList(value: unknown): readonly string[] {
  if (value === undefined) return [];
  if (!Array.isArray(value) || value.length > MAX_TAGS)
    throw invalid(`tags must be a list of at most ${String(MAX_TAGS)}`);
  const tags = value.map((tag: unknown) => {
    const text = typeof tag === "string" && !tag.includes(":") ? `tag:${tag}` : tag;
    if (typeof text !== "string" || text.length > MAX_TEXT || !TAG.test(text)) {
      throw invalid(`"${String(tag)}" is not a tag; write it as in tag:server`);
    }
    return text;
  });
  return [...new Set(tags)];
}

function invalid(message: string): MeshdError {
  return new MeshdError("bad-request", 2, message);
}
