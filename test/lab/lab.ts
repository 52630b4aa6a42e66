// A running lab: namespaces joined as planned, hosts to run programs on. Always cleaned up: on disposal, on failure, on Ctrl-C.
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  createNamespaces,
  markKept,
  namespaceOf,
  newLabPrefix,
  ownerlessLabs,
  removeNamespaces,
} from "./namespaces.ts";
import { planLab } from "./plan.ts";
import { KEY_TEXT, leaksIn, logsBelow, secretsBelow, withoutPrintedKeys } from "./secrets.ts";
import { LabProcess, type RunResult, type SpawnOptions } from "./process.ts";
import type { LabPlan, NodePlan, Topology } from "./topology.ts";

export interface RunOptions extends SpawnOptions {
  readonly timeoutMs?: number;
}

/** A machine of the lab. */
export class Host {
  readonly name: string;
  readonly namespace: string;
  /** Address on its own network. */
  readonly ipv4: string;
  /** For its daemons' state, sockets and logs. */
  readonly directory: string;
  /** Auth keys and relay tokens that went through here. */
  readonly keys = new Set<string>();

  constructor(plan: NodePlan, namespace: string, directory: string) {
    this.name = plan.name;
    this.namespace = namespace;
    this.ipv4 = plan.ipv4;
    this.directory = directory;
    mkdirSync(directory, { recursive: true });
  }

  get resolverFile(): string {
    return `/etc/netns/${this.namespace}/resolv.conf`;
  }

  /** What to type before a command to run it on this machine. */
  get prefix(): readonly string[] {
    return ["ip", "netns", "exec", this.namespace];
  }

  spawn(argv: readonly string[], options: SpawnOptions = {}): LabProcess {
    this.#noteKeys([...argv, ...Object.values(options.env ?? {})].join("\n"));
    return new LabProcess([...this.prefix, ...argv], options);
  }

  async run(argv: readonly string[], options: RunOptions = {}): Promise<RunResult> {
    const { timeoutMs = 60_000, ...spawnOptions } = options;
    const started = this.spawn(argv, spawnOptions);
    const timer = setTimeout(() => started.kill("SIGKILL"), timeoutMs);
    const result = await started.exited;
    clearTimeout(timer);
    this.#noteKeys(result.stdout);
    return result;
  }

  #noteKeys(text: string): void {
    for (const [key] of text.matchAll(KEY_TEXT)) this.keys.add(key);
  }

  /** A small disk of its own at a folder below the host's directory, for as long as the lab. */
  mountDisk(folder: string, megabytes: number): void {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m,mode=0700`, "meshd-lab", folder]);
  }

  /** Standard output of a command that must succeed. */
  async output(argv: readonly string[], options: RunOptions = {}): Promise<string> {
    const result = await this.run(argv, options);
    if (result.code !== 0) {
      throw new Error(`${argv.join(" ")} on ${this.name} ended with ${result.code}: ${result.stdout}${result.stderr}`);
    }
    return result.stdout;
  }
}

const liveLabs = new Set<Lab>();

export class Lab {
  readonly prefix: string;
  readonly directory: string;
  readonly #hosts = new Map<string, Host>();

  private constructor(prefix: string) {
    this.prefix = prefix;
    this.directory = directoryOf(prefix);
    mkdirSync(this.directory, { mode: 0o700 });
  }

  static async create(topology: Topology): Promise<Lab> {
    return Lab.createPlanned(planLab(topology));
  }

  static async createPlanned(plan: LabPlan): Promise<Lab> {
    if (liveLabs.size === 0) removeOwnerlessLabs("abandoned");
    const lab = new Lab(newLabPrefix());
    liveLabs.add(lab);
    installExitHandlers();
    try {
      await createNamespaces(lab.prefix, plan);
      for (const node of plan.nodes) {
        const host = new Host(node, namespaceOf(lab.prefix, node.name), join(lab.directory, node.name));
        lab.#hosts.set(node.name, host);
      }
      return lab;
    } catch (error) {
      lab.destroy();
      throw error;
    }
  }

  host(name: string): Host {
    const host = this.#hosts.get(name);
    if (host === undefined) throw new Error(`no host ${name} in this lab`);
    return host;
  }

  get hosts(): readonly Host[] {
    return [...this.#hosts.values()];
  }

  /** Leaves everything as it is after this process ends. */
  keep(): void {
    markKept(this.prefix);
    liveLabs.delete(this);
  }

  /** Which secrets of this lab are in a log, and in which. */
  leaks(): readonly string[] {
    if (!existsSync(this.directory)) return [];
    const secrets = secretsBelow(
      this.directory,
      this.hosts.flatMap(({ keys }) => [...keys]),
    );
    return logsBelow(this.directory).flatMap(({ name, text }) =>
      leaksIn(withoutPrintedKeys(text), secrets).map((leak) => `${leak} in ${name}`),
    );
  }

  /** Copies every log to a folder that stays. */
  saveLogs(folder: string): void {
    const names = readdirSync(this.directory, { recursive: true, encoding: "utf8" });
    for (const name of names.filter((entry) => entry.endsWith(".log"))) {
      mkdirSync(folder, { recursive: true });
      copyFileSync(join(this.directory, name), join(folder, name.replaceAll("/", "-")));
    }
  }

  destroy(): void {
    liveLabs.delete(this);
    removeLab(this.prefix);
  }

  /** Whatever the lab was for: what its daemons logged has no secret in it. */
  [Symbol.dispose](): void {
    const leaks = this.leaks();
    this.destroy();
    if (leaks.length > 0) throw new Error(`secrets were logged: ${leaks.join(", ")}`);
  }
}

/** Removes what killed runs left behind; with "all" also what was kept. Returns how many there were. */
export function removeOwnerlessLabs(kind: "abandoned" | "all"): number {
  const prefixes = ownerlessLabs(kind);
  for (const prefix of prefixes) removeLab(prefix);
  return prefixes.length;
}

function removeLab(prefix: string): void {
  removeNamespaces(prefix);
  unmountBelow(directoryOf(prefix));
  rmSync(directoryOf(prefix), { recursive: true, force: true });
}

function unmountBelow(directory: string): void {
  const mounts = readFileSync("/proc/self/mounts", "utf8")
    .split("\n")
    .map((line) => line.split(" ")[1] ?? "");
  for (const path of mounts.filter((path) => path.startsWith(`${directory}/`))) {
    execFileSync("umount", ["--lazy", path]);
  }
}

function directoryOf(prefix: string): string {
  return join(tmpdir(), `meshd-${prefix.slice(0, -1)}`);
}

let handlersInstalled = false;

function installExitHandlers(): void {
  if (handlersInstalled) return;
  handlersInstalled = true;
  process.on("exit", () => {
    for (const lab of [...liveLabs]) lab.destroy();
  });
  for (const [signal, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const) {
    process.on(signal, () => process.exit(code));
  }
}
