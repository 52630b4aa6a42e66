// The log of a role, to stderr: JSON lines for machines, and on a terminal lines for people.
import { writeSync } from "node:fs";
import { isatty } from "node:tty";
import { type DestinationStream, type Logger, pino } from "pino";
import { BoundedLogFile } from "./bounded-log-file.ts";
import { LogLimiter } from "./log-limiter.ts";
import { LogRing } from "./log-ring.ts";

const STDERR = 2;

export interface LogOptions {
  /** stderr is a file of ours, which nobody else keeps small. */
  readonly ownFile?: boolean;
}

export interface Log {
  readonly log: Logger;
  /** The last lines, JSON, also those below the level: what a bug report shows. */
  readonly recent: () => readonly string[];
}

/**
 * A log that cannot be written (the disk is full, the terminal is gone) is lost, and nothing else with it. What is repeated is left out after
 * a while (log-limiter.ts), but for who asked for level debug.
 */
export function openLog(level: string, { ownFile = false }: LogOptions = {}): Log {
  const ring = new LogRing();
  const limiter = level === "debug" ? undefined : new LogLimiter();
  const least = pino.levels.values[level] ?? 0;
  const output = isatty(STDERR) ? TERMINAL : ownFile ? new BoundedLogFile(STDERR) : openOutput();
  const destination = {
    [pino.symbols.needsMetadataGsym]: true as const,
    // pino sets it before each write.
    lastLevel: 0,
    write(line: string): void {
      ring.add(this.lastLevel, line);
      if (this.lastLevel < least) return;
      const admitted = limiter === undefined ? line : admit(limiter, this.lastLevel, line);
      if (admitted !== undefined) output.write(admitted);
    },
  };
  // Debug is rare (nothing logs once per packet): keeping it costs next to nothing.
  const options = { level: "debug", base: null, timestamp: pino.stdTimeFunctions.isoTime };
  return { log: pino(options, destination), recent: () => ring.lines };
}

/** The line, with what was left out before it. */
function admit(limiter: LogLimiter, level: number, line: string): string | undefined {
  const admission = limiter.admit(level, line.replace(/,"time":"[^"]*"/, ""), performance.now());
  if (admission === undefined) return undefined;
  const left = Object.entries(admission).filter(([, count]) => count > 0);
  return line.replace(/\}\n$/, `${left.map(([name, count]) => `,"${name}":${String(count)}`).join("")}}\n`);
}

function openOutput(): DestinationStream {
  const output = pino.destination({ dest: STDERR, sync: true });
  output.on("error", () => undefined);
  return output;
}

const TERMINAL: DestinationStream = {
  write(line) {
    try {
      writeSync(STDERR, formatLogLine(line));
    } catch {
      // As above.
    }
  },
};

/** From pino's JSON: "10:44:46 INFO  node joined  node=laptop ips=100.64.0.1,fd7a::1", in the time zone of who reads it. */
export function formatLogLine(json: string): string {
  const { level, time, msg, err, ...fields } = JSON.parse(json) as Readonly<Record<string, unknown>>;
  const at = new Date(String(time));
  const clock = [at.getHours(), at.getMinutes(), at.getSeconds()]
    .map((part) => String(part).padStart(2, "0"))
    .join(":");
  const label = (pino.levels.labels[Number(level)] ?? String(level)).toUpperCase().padEnd(5);
  const words = [msg, messageOf(err)].filter((word) => word !== undefined && word !== "").map(String);
  const details = Object.entries(fields).map(([name, value]) => `${name}=${formatValue(value)}`);
  return printable([`${clock} ${label} ${words.join(": ")}`, details.join(" ")].join("  ").trimEnd()) + "\n";
}

function messageOf(err: unknown): unknown {
  return typeof err === "object" && err !== null && "message" in err ? err.message : err;
}

function formatValue(value: unknown): string {
  if (Array.isArray(value) && value.every((item) => typeof item === "string")) return value.join(",");
  if (typeof value !== "string") return JSON.stringify(value);
  return value === "" || /[\s"=]/.test(value) ? JSON.stringify(value) : value;
}

/** What nodes call themselves must not move somebody's cursor. */
function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, "\u{fffd}");
}
