// What goes on between two nodes all the time: a transfer whose blocks have hashes, and a connection that says nothing. Pings are
// recorded for each attempt by itself.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { LabProcess, Node } from "../lab/index.ts";
import { waitFor } from "../lab/index.ts";
import { parsePings, type PingRecord } from "./ping-record.ts";

const BULK_PORT = 7001;
const ECHO_PORT = 7002;
const START_MS = 10_000;
export const PING_INTERVAL_MS = 20;

const serverProgram = fileURLToPath(new URL("programs/traffic-server.ts", import.meta.url));
const clientProgram = fileURLToPath(new URL("programs/traffic-client.ts", import.meta.url));

export class Traffic {
  /** Whoever pings and fetches, and the other one. */
  readonly from: Node;
  readonly to: Node;
  readonly #target: string;
  readonly #server: LabProcess;
  readonly #client: LabProcess;
  #asked = 0;

  private constructor(from: Node, to: Node, target: string, server: LabProcess, client: LabProcess) {
    this.from = from;
    this.#server = server;
    this.to = to;
    this.#target = target;
    this.#client = client;
  }

  static async start(from: Node, to: Node): Promise<Traffic> {
    const target = (await to.ips()).v4;
    const ports = [String(BULK_PORT), String(ECHO_PORT)];
    const server = to.host.spawn([process.execPath, serverProgram, ...ports]);
    await server.waitForLine(/^serving$/);
    const client = from.host.spawn([process.execPath, clientProgram, target, ...ports]);
    await client.waitForLine(/^connected: transfer$/, START_MS);
    await client.waitForLine(/^connected: idle connection$/, START_MS);
    await client.waitForLine(/^block 1$/, START_MS);
    return new Traffic(from, to, target, server, client);
  }

  get name(): string {
    return `${this.from.host.name} to ${this.to.host.name}`;
  }

  /** Megabytes that came as they were sent. */
  get blocks(): number {
    return this.#client.output.match(/^block /gm)?.length ?? 0;
  }

  /** Connections that ended, with the reason. */
  get broken(): readonly string[] {
    return [...this.#client.output.matchAll(/^broken: (.*)$/gm)].map(([, what = ""]) => what);
  }

  /** One more block, or the words for what is wrong. */
  async problemOfTransfer(timeoutMs: number): Promise<string | undefined> {
    const before = this.blocks;
    const isOver = async () => this.blocks > before || this.broken.length > 0;
    return this.#problem(`the transfer ${this.name} stands still`, timeoutMs, isOver);
  }

  /** The connection that was idle, used once. */
  async problemOfIdleConnection(timeoutMs: number): Promise<string | undefined> {
    this.#asked += 1;
    const answer = `answer ${this.#asked}`;
    this.#client.kill("SIGUSR2");
    const isOver = async () => this.#client.output.includes(answer) || this.broken.length > 0;
    return this.#problem(`the idle connection ${this.name} does not answer`, timeoutMs, isOver);
  }

  async stop(): Promise<void> {
    await Promise.all([this.#client.stop(), this.#server.stop()]);
  }

  startPings(): Pings {
    return new Pings(this.from.host.spawn(["ping", "-n", "-D", "-i", `${PING_INTERVAL_MS / 1000}`, this.#target]));
  }

  async #problem(words: string, timeoutMs: number, isOver: () => Promise<boolean>): Promise<string | undefined> {
    const inTime = await waitFor(words, timeoutMs, isOver).then(
      () => true,
      () => false,
    );
    const [broken] = this.broken;
    if (broken !== undefined) return `${this.name}: ${broken}`;
    return inTime ? undefined : `${words} for ${(timeoutMs / 1000).toFixed(1)} s`;
  }
}

export class Pings {
  readonly #process: LabProcess;

  constructor(process: LabProcess) {
    this.#process = process;
  }

  async firstAnswer(timeoutMs: number): Promise<void> {
    await this.#process.waitForLine(/ time=/, timeoutMs);
  }

  /** To be among the logs of what failed. */
  keep(folder: string): void {
    writeFileSync(join(folder, `pings-${Date.now()}.log`), this.#process.output);
  }

  get record(): PingRecord {
    return parsePings(this.#process.output);
  }

  [Symbol.dispose](): void {
    this.#process.kill("SIGKILL");
  }
}
