// How much the daemons of a machine wrote to their logs, at which levels, and what they said most often.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pino } from "pino";
import type { Host } from "../lab/index.ts";
import type { LogVolume } from "./record.ts";

const MOST_MESSAGES = 12;
const INFO = 30;

export function logVolume(host: Host): readonly LogVolume[] {
  return readdirSync(host.directory)
    .filter((file) => /^(?:node|coordinator|relay)\.log$/.test(file))
    .map((file) => ({ name: host.name, ...volumeOf(readFileSync(join(host.directory, file), "utf8")) }));
}

/** Of pino's JSON lines; what else a program prints is no log. */
export function volumeOf(text: string): Omit<LogVolume, "name"> {
  const records = text.split("\n").flatMap((line) => recordOf(line) ?? []);
  const lines: Record<string, number> = {};
  const messages = new Map<string, number>();
  for (const { level, msg } of records) {
    const label = pino.levels.labels[level] ?? String(level);
    lines[label] = (lines[label] ?? 0) + 1;
    const words = `${label}: ${withoutDetails(msg)}`;
    if (level >= INFO) messages.set(words, (messages.get(words) ?? 0) + 1);
  }
  const frequent = [...messages].toSorted(([, a], [, b]) => b - a).slice(0, MOST_MESSAGES);
  return { bytes: Buffer.byteLength(text), lines, messages: frequent };
}

function recordOf(line: string): { readonly level: number; readonly msg: string } | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    const { level, msg } = JSON.parse(line) as Readonly<Record<string, unknown>>;
    return typeof level === "number" ? { level, msg: typeof msg === "string" ? msg : "" } : undefined;
  } catch {
    // Torn by the death of its writer.
    return undefined;
  }
}

function withoutDetails(message: string): string {
  return message
    .replaceAll(/(?:\d{1,3}\.){3}\d{1,3}(?::\d+)?|\[?[\da-f]*:[\da-f:]+\]?(?::\d+)?/g, "ADDRESS")
    .replaceAll(/\d+(?:\.\d+)?/g, "N");
}
