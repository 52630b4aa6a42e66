// meshd up: joins the mesh, or changes the settings of a node that is in it. Done when packets can flow.
import { resolve } from "node:path";
import { type Command, Option } from "commander";
import { defaultSocketPath, defaultStateDirectory, findSocketPath } from "../host/directories.ts";
import { dropAuthority } from "../host/least-authority.ts";
import { createLocalApiClient, type LocalApiClient } from "../local-api/client.ts";
import type { NodeStatus, UpProgress, UpRequest } from "../local-api/node-api.ts";
import { MeshdError } from "../protocol/errors.ts";
import { print } from "./print.ts";
import { addNodeOptions, checkAuthKey, type NodeOptions, settingsFrom } from "./node-options.ts";
import { examples, jsonOption, logLevelOption, namedFile, readConfigurationFile, timeoutOption } from "./options.ts";
import { createProgress, type Progress } from "./progress.ts";
import { type DaemonLaunch, startDaemonInBackground, type StartedDaemon } from "./start-daemon.ts";

interface UpOptions extends NodeOptions {
  readonly foreground?: boolean;
  readonly json?: boolean;
  readonly timeout: number;
}

export function configure(command: Command): void {
  addNodeOptions(command);
  command
    .addOption(new Option("--foreground", "be the daemon, until interrupted"))
    .addOption(logLevelOption("of a daemon that this starts, how much to log"))
    .addOption(timeoutOption(30_000))
    .addOption(jsonOption());
  readConfigurationFile(command, "node");
  examples(
    command,
    "meshd up --authkey mesh-...",
    "meshd up --authkey file:/run/secrets/mesh-key --hostname laptop",
    "meshd up                    # a node that joined before",
    "meshd up --offer-relay      # relay for nodes that this one is near to",
  );
  command.action(async (options: UpOptions) => {
    // Before the key is read: a pipe has it only once.
    if (options.foreground === true) dropAuthority([namedFile(options.authkey), options.config]);
    const request: UpRequest = { ...settingsFrom(options), timeoutMs: options.timeout };
    await checkAuthKey(request);
    if (options.foreground === true) await runInForeground(options, request);
    else await connect(options, request);
  });
}

async function connect(options: UpOptions, request: UpRequest): Promise<void> {
  const progress = createProgress();
  const socketPath = options.socket ?? findSocketPath("node");
  let client = createLocalApiClient(socketPath, "daemon");
  let started: StartedDaemon | undefined;
  if (!(await isRunning(client))) {
    const launch = launchOf(options);
    progress.step("starting the daemon");
    started = await startDaemonInBackground(launch);
    client = createLocalApiClient(launch.socketPath, "daemon");
  }
  try {
    const status = await follow(client, request, progress);
    progress.clear();
    report(status, options.json === true);
    if (started !== undefined && options.json !== true) {
      print(`The daemon runs in the background until the next boot; \`meshd service install\` makes it a service.`);
    }
  } catch (error) {
    progress.clear();
    // A daemon that this command started is of no use where joining failed; one that merely waits for its coordinator is.
    if (started !== undefined && !(error instanceof MeshdError && error.exitCode === 5))
      process.kill(started.pid, "SIGTERM");
    throw error;
  }
}

async function isRunning(client: LocalApiClient): Promise<boolean> {
  try {
    await client.request("GET", "/v1/status");
    return true;
  } catch (error) {
    if (error instanceof MeshdError && error.code === "not-running") return false;
    throw error;
  }
}

/** With absolute paths: the daemon works in "/". */
function launchOf(options: UpOptions): DaemonLaunch {
  if (process.getuid?.() !== 0) {
    const message =
      "the daemon is not running and only root can start it; type `sudo meshd up ...` or `sudo meshd service install`";
    throw new MeshdError("not-permitted", 4, message);
  }
  return {
    stateDir: resolve(options.stateDir ?? defaultStateDirectory("node")),
    socketPath: resolve(options.socket ?? defaultSocketPath("node")),
    logLevel: options.logLevel ?? "info",
    ...(options.config === undefined ? {} : { config: resolve(options.config) }),
  };
}

/** Follows the stream of POST /v1/up to its end. */
async function follow(client: LocalApiClient, request: UpRequest, progress: Progress): Promise<NodeStatus> {
  for await (const value of client.lines("POST", "/v1/up", request)) {
    const line = value as UpProgress;
    if (line.stage === "connected") return line.status;
    progress.step(line.detail);
  }
  throw new MeshdError("daemon-died", 1, "the daemon ended before the node was connected; see its log");
}

function report(status: NodeStatus, json: boolean): void {
  const { self } = status;
  if (json) {
    print(
      JSON.stringify({
        state: status.state,
        name: self?.name,
        dnsName: self?.dnsName,
        key: self?.key,
        ips: self?.ips ?? [],
      }),
    );
    return;
  }
  print(`Connected as ${self?.name ?? "?"}: ${(self?.ips ?? []).join("  ")}`);
  for (const warning of status.health) print(`! ${warning}`);
}

async function runInForeground(options: UpOptions, request: UpRequest): Promise<void> {
  const { runInForeground: run } = await import("./daemon.ts");
  await run(options, request, (status) => report(status, options.json === true));
}
