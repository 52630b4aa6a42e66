// `meshd relay` on a machine of its own.
import { join } from "node:path";
import type { Host } from "./lab.ts";
import { meshdProgram } from "./meshd.ts";
import type { LabProcess } from "./process.ts";

/** Named after its host; `server` runs the coordinator. Resolves once it has joined. */
export async function startRelay(server: Host, host: Host, args: readonly string[] = []): Promise<LabProcess> {
  const environment = { MESHD_SOCKET: join(server.directory, "coordinator.sock") };
  const created = await server.output([meshdProgram, "admin", "relay", "create", "--name", host.name, "--json"], {
    env: environment,
  });
  const { token } = JSON.parse(created) as { readonly token: string };
  const relay = host.spawn([meshdProgram, "relay", "--region", "lab", ...args], {
    env: {
      MESHD_STATE_DIR: join(host.directory, "relay"),
      MESHD_SOCKET: join(host.directory, "relay.sock"),
      MESHD_JOIN: token,
    },
    logFile: join(host.directory, "relay.log"),
  });
  await relay.waitForLine(/^It is the relay /, 10_000);
  return relay;
}
