// Starts the daemon in the background for `meshd up`, and waits until it serves its socket or says why it cannot.
import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { createStateDirectory } from "../host/directories.ts";
import { withLeastAuthority } from "../host/least-authority.ts";
import { DAEMON_NODE_ARGS } from "../host/node-args.ts";
import { fromErrorBody } from "../local-api/wire.ts";
import { MeshdError } from "../protocol/errors.ts";

export interface DaemonLaunch {
  readonly stateDir: string;
  readonly socketPath: string;
  readonly logLevel: string;
  readonly config?: string;
}

export interface StartedDaemon {
  readonly pid: number;
  readonly logPath: string;
}

/** The descriptor that the child reports on. */
const READY_FD = 3;

/** Errors: the `MeshdError` that the daemon reported. */
export async function startDaemonInBackground(launch: DaemonLaunch): Promise<StartedDaemon> {
  for (const change of createStateDirectory(launch.stateDir)) process.stderr.write(`meshd: ${change}\n`);
  const logPath = join(launch.stateDir, "daemon.log");
  // The daemon keeps it small.
  const log = openSync(logPath, "a", 0o600);
  const main = process.argv[1] ?? "";
  const lowered = withLeastAuthority(
    [
      process.execPath,
      ...process.execArgv,
      ...DAEMON_NODE_ARGS,
      main,
      "daemon",
      `--socket=${launch.socketPath}`,
      `--state-dir=${launch.stateDir}`,
      `--log-level=${launch.logLevel}`,
      `--ready-fd=${String(READY_FD)}`,
      ...(launch.config === undefined ? [] : [`--config=${launch.config}`]),
    ],
    [main, ...(launch.config === undefined ? [] : [launch.config])],
  );
  // The daemon's own words on it are in its log.
  if (lowered.kept !== undefined) process.stderr.write(`meshd: ${lowered.kept}\n`);
  const [program = "", ...args] = lowered.command;
  const child = spawn(program, args, {
    detached: true,
    cwd: "/",
    stdio: ["ignore", log, log, "pipe"],
    env: withoutSecrets(process.env),
  });
  closeSync(log);
  const report = await readReport(child.stdio[READY_FD] as Readable);
  const failure = fromErrorBody(report);
  if (failure !== undefined) throw failure;
  if (report === undefined || child.pid === undefined) {
    throw new MeshdError("daemon-died", 1, `the daemon ended while starting; see ${logPath}`);
  }
  child.unref();
  return { pid: child.pid, logPath };
}

/**
 * The key goes over the socket; the daemon's environment can be read by others of its user for as long as it runs. `--authkey env:NAME`
 * takes it from any variable: what looks like a key is one.
 */
function withoutSecrets({ MESHD_AUTHKEY: _, ...env }: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([, value = ""]) => !/\bmesh(?:relay)?-[\w-]{20,}/.test(value)));
}

async function readReport(stream: Readable): Promise<unknown> {
  let text = "";
  stream.setEncoding("utf8");
  for await (const chunk of stream as AsyncIterable<string>) text += chunk;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
