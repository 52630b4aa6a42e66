// meshd daemon: the node in the foreground, for systemd and containers. Connects by itself if it was connected when it last ran.
import { closeSync, writeSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { type Command, Option } from "commander";
import type { DaemonProcess } from "../daemon/index.ts";
import { defaultSocketPath, defaultStateDirectory } from "../host/directories.ts";
import { dropAuthority } from "../host/least-authority.ts";
import type { NodeStatus, UpRequest } from "../local-api/node-api.ts";
import { toErrorBody } from "../local-api/wire.ts";
import { MeshdError } from "../protocol/errors.ts";
import { addNodeOptions, checkAuthKey, type NodeOptions, settingsFrom } from "./node-options.ts";
import { examples, logLevelOption, namedFile, parsePort, readConfigurationFile } from "./options.ts";

interface DaemonOptions extends NodeOptions {
  readonly cleanup?: boolean;
  readonly readyFd?: number;
}

export function configure(command: Command): void {
  addNodeOptions(command);
  command
    .addOption(
      new Option("--cleanup", "give back what a killed daemon left (resolv.conf, TUN device, firewall rules), and end"),
    )
    .addOption(logLevelOption())
    .addOption(new Option("--ready-fd <fd>", "report readiness on this descriptor").argParser(parsePort).hideHelp());
  readConfigurationFile(command, "node");
  examples(command, "meshd daemon", "meshd daemon --state-dir /srv/meshd --socket /run/meshd/second.sock");
  command.action(async (options: DaemonOptions) => {
    if (options.cleanup !== true) dropAuthority([namedFile(options.authkey), options.config]);
    if (options.cleanup === true) await cleanUpAfterKill(options);
    else if (options.readyFd === undefined) await runDaemon(options);
    else await runForUp(options, options.readyFd);
  });
}

async function cleanUpAfterKill({ stateDir }: NodeOptions): Promise<void> {
  const { cleanUp } = await import("../daemon/index.ts");
  const done = await cleanUp(stateDir ?? defaultStateDirectory("node"));
  process.stdout.write(`${done.length === 0 ? "nothing was left to clean up" : done.join("\n")}\n`);
}

/** On its own: resumes what ran before, or joins where a key was given and the node is in no mesh yet. */
async function runDaemon(options: NodeOptions): Promise<void> {
  const settings = settingsFrom(options);
  await checkAuthKey(settings);
  const daemon = await start(options);
  try {
    if (daemon.wantsToRun) await daemon.resume(settings);
    else if (!daemon.hasJoined && settings.authKey !== undefined) await joinPatiently(daemon, settings);
  } catch (error) {
    await daemon.stop();
    throw error;
  }
  await untilEnd(daemon);
}

/** A coordinator that is away now will be back: the daemon goes on trying. */
async function joinPatiently(daemon: DaemonProcess, settings: UpRequest): Promise<void> {
  try {
    await daemon.up(settings, () => undefined);
  } catch (error) {
    if (!(error instanceof MeshdError && error.exitCode === 5)) throw error;
  }
}

/** Started by `meshd up` (start-daemon.ts), which says what to do over the socket once it hears that the socket is served. */
async function runForUp(options: NodeOptions, readyFd: number): Promise<void> {
  const report = (body: unknown): void => {
    writeSync(readyFd, JSON.stringify(body));
    closeSync(readyFd);
  };
  let daemon: DaemonProcess;
  try {
    // Its log is the file that `meshd up` opened.
    daemon = await start(options, true);
  } catch (error) {
    report(toErrorBody(error));
    throw error;
  }
  report({ ready: true });
  await untilEnd(daemon);
}

/** `meshd up --foreground`: connects as `up` does, and stays. */
export async function runInForeground(
  options: NodeOptions,
  request: UpRequest,
  onConnected: (status: NodeStatus) => void,
): Promise<void> {
  const daemon = await start(options);
  try {
    onConnected(await daemon.up(request, () => undefined));
  } catch (error) {
    await daemon.stop();
    throw error;
  }
  await untilEnd(daemon);
}

async function start(options: NodeOptions, ownLogFile = false): Promise<DaemonProcess> {
  // A daemon decides now and then, for months: memory matters, the last bit of speed does not (the engine moves the bytes).
  setFlagsFromString("--optimize-for-size");
  const { startDaemonProcess } = await import("../daemon/index.ts");
  const { keepMemorySmall } = await import("./memory.ts");
  keepMemorySmall();
  return startDaemonProcess({
    stateDir: options.stateDir ?? defaultStateDirectory("node"),
    socketPath: options.socket ?? defaultSocketPath("node"),
    logLevel: options.logLevel ?? "info",
    ownLogFile,
  });
}

/** Until a signal, or the word of somebody who may. */
async function untilEnd(daemon: DaemonProcess): Promise<void> {
  const signalled = new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  });
  process.on("SIGHUP", () => undefined);
  await Promise.race([signalled, daemon.shutdownRequested]);
  await daemon.stop();
  // Everything is taken apart; a native callback that is still registered must not keep the process.
  process.exit(0);
}
