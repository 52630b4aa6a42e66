// `meshd relay` on a machine of its own.
import { join } from "node:path";
import type { Host } from "./lab.ts";
import { Daemon, meshdProgram } from "./meshd.ts";
import type { LabProcess } from "./process.ts";

export class Relay extends Daemon {
  readonly #args: readonly string[];

  private constructor(host: Host, args: readonly string[], env: Readonly<Record<string, string>>) {
    super(host, "relay", env);
    this.#args = args;
  }

  /** Named after its host; `server` runs the coordinator. Resolves once it has joined. */
  static async join(
    server: Host,
    host: Host,
    args: readonly string[] = [],
    env: Readonly<Record<string, string>> = {},
  ): Promise<Relay> {
    const created = await server.output([meshdProgram, "admin", "relay", "create", "--name", host.name, "--json"], {
      env: { MESHD_SOCKET: join(server.directory, "coordinator.sock") },
    });
    const { token } = JSON.parse(created) as { readonly token: string };
    const relay = new Relay(host, args, env);
    await relay.#run({ MESHD_JOIN: token });
    return relay;
  }

  /** Again, after `stop` or `kill`. */
  async start(): Promise<void> {
    await this.#run({});
  }

  async #run(secrets: Readonly<Record<string, string>>): Promise<void> {
    const started = this.launch(["relay", "--region", "lab", ...this.#args], secrets);
    await started.waitForLine(/^It is the relay /, 10_000);
  }
}

export async function startRelay(server: Host, host: Host, args: readonly string[] = []): Promise<LabProcess> {
  return (await Relay.join(server, host, args)).process;
}
