// Real daemons on the machines of a lab. Each has its own state directory, socket and log below the host's directory; commands
// find them through MESHD_STATE_DIR and MESHD_SOCKET, so that they read as a user would type them.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createLocalApiClient } from "../../src/local-api/client.ts";
import type { NodeStatus, PathKind, PeerStatus } from "../../src/local-api/node-api.ts";
import type { Host, RunOptions } from "./lab.ts";
import type { LabProcess, RunResult } from "./process.ts";

export const meshdProgram = fileURLToPath(new URL("../../bin/meshd", import.meta.url));

/** What coordinator, relay and node have in common. */
export class Daemon {
  readonly host: Host;
  readonly stateDir: string;
  readonly socket: string;
  readonly logFile: string;
  readonly env: Readonly<Record<string, string>>;
  #process: LabProcess | undefined;

  constructor(host: Host, role: string, env: Readonly<Record<string, string>> = {}) {
    this.host = host;
    this.stateDir = join(host.directory, role);
    this.socket = join(host.directory, `${role}.sock`);
    this.logFile = join(host.directory, `${role}.log`);
    this.env = { ...env, MESHD_STATE_DIR: this.stateDir, MESHD_SOCKET: this.socket };
  }

  get process(): LabProcess {
    if (this.#process === undefined) throw new Error(`${this.host.name}: not started`);
    return this.#process;
  }

  /** A command of meshd's on this machine, to its end. */
  async cli(argv: readonly string[], options: RunOptions = {}): Promise<RunResult> {
    return this.host.run([meshdProgram, ...argv], { ...options, env: { ...this.env, ...options.env } });
  }

  /** A command that must succeed; its standard output. */
  async done(...argv: readonly string[]): Promise<string> {
    return this.host.output([meshdProgram, ...argv], { env: this.env });
  }

  async stop(): Promise<RunResult> {
    return this.process.stop();
  }

  async kill(): Promise<void> {
    this.process.kill("SIGKILL");
    await this.process.exited;
  }

  /** `secrets`: variables of this start only. */
  protected launch(argv: readonly string[], secrets: Readonly<Record<string, string>> = {}): LabProcess {
    const env = { ...this.env, ...secrets };
    const started = this.host.spawn([meshdProgram, ...argv], { env, logFile: this.logFile });
    this.#process = started;
    return started;
  }
}

export interface CreatedKey {
  readonly key: string;
  readonly id: string;
}

export class Coordinator extends Daemon {
  readonly #args: readonly string[];
  #joinKey: string | undefined;

  private constructor(host: Host, args: readonly string[], env: Readonly<Record<string, string>>) {
    super(host, "coordinator", env);
    this.#args = args;
  }

  /** A new mesh; resolves once it serves. */
  static async start(
    host: Host,
    args: readonly string[] = [],
    env: Readonly<Record<string, string>> = {},
  ): Promise<Coordinator> {
    const coordinator = new Coordinator(host, args, env);
    await coordinator.start();
    return coordinator;
  }

  /** First start, or again after `stop` or `kill`. */
  async start(): Promise<void> {
    const started = this.launch(["coordinator", ...this.#args]);
    await started.waitForLine(/^The coordinator .*runs\.$/, 15_000);
    if (this.#joinKey === undefined) {
      const [, key = ""] = await started.waitForLine(/meshd up --authkey (mesh-[\w-]+)/);
      this.#joinKey = key;
    }
  }

  /** The key that the first start printed: reusable, 24 hours. */
  get joinKey(): string {
    return this.#joinKey ?? "";
  }

  async createKey(...args: readonly string[]): Promise<CreatedKey> {
    return JSON.parse(await this.done("admin", "key", "create", ...args, "--json")) as CreatedKey;
  }
}

export class Node extends Daemon {
  constructor(host: Host, role = "node", env: Readonly<Record<string, string>> = {}) {
    super(host, role, env);
  }

  /** `meshd daemon`, until its socket answers. */
  async start(args: readonly string[] = []): Promise<void> {
    const started = this.launch(["daemon", ...args]);
    await waitFor(`${this.host.name}'s socket`, 10_000, async () => {
      if (!started.running) throw new Error(`the daemon on ${this.host.name} ended:\n${started.output}`);
      return (await this.tryStatus()) !== undefined;
    });
  }

  /** Starts the daemon and joins under the host's name. */
  async join(key: string, args: readonly string[] = []): Promise<void> {
    await this.start();
    await this.up(key, args);
  }

  async up(key: string, args: readonly string[] = []): Promise<void> {
    await this.host.output([meshdProgram, "up", "--authkey", "env:KEY", "--hostname", this.host.name, ...args], {
      env: { ...this.env, KEY: key },
    });
  }

  async status(): Promise<NodeStatus> {
    return (await createLocalApiClient(this.socket, "daemon").request("GET", "/v1/status")) as NodeStatus;
  }

  async tryStatus(): Promise<NodeStatus | undefined> {
    if (!existsSync(this.socket)) return undefined;
    return this.status().catch(() => undefined);
  }

  async ips(): Promise<{ readonly v4: string; readonly v6: string }> {
    const ips = (await this.status()).self?.ips ?? [];
    return { v4: ips.find((ip) => !ip.includes(":")) ?? "", v6: ips.find((ip) => ip.includes(":")) ?? "" };
  }

  async peer(name: string): Promise<PeerStatus | undefined> {
    return (await this.status()).peers.find((peer) => peer.name === name);
  }

  /** Resolves with the milliseconds it took until packets to `name` use such a path. */
  async waitForPath(name: string, kind: PathKind, timeoutMs: number): Promise<number> {
    let last: PeerStatus | undefined;
    return waitFor(
      `${kind} path from ${this.host.name} to ${name}`,
      timeoutMs,
      async () => {
        last = await this.peer(name);
        return last?.path.kind === kind;
      },
      () => JSON.stringify(last?.paths ?? []),
    );
  }

  async waitForPeers(...names: readonly string[]): Promise<void> {
    await waitFor(`${names.join(", ")} on ${this.host.name}`, 10_000, async () => {
      const { peers } = await this.status();
      return names.every((name) => peers.some((peer) => peer.name === name && peer.online));
    });
  }

  /** Everything it logged so far. */
  get log(): string {
    return existsSync(this.logFile) ? readFileSync(this.logFile, "utf8") : "";
  }
}

/** Asks again and again until it is so, and resolves with the milliseconds that took. */
export async function waitFor(
  what: string,
  timeoutMs: number,
  condition: () => Promise<boolean>,
  explain: () => string = () => "",
): Promise<number> {
  const started = performance.now();
  while (!(await condition())) {
    if (performance.now() - started > timeoutMs) throw new Error(`no ${what} within ${timeoutMs} ms ${explain()}`);
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
  return performance.now() - started;
}
