// derper, the relay that Tailscale runs, at the version that is compared everywhere here: over TLS as it is used, and without, which
// tells what TLS costs it.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildGoProgram } from "../go-programs.ts";
import { waitFor } from "../../test/lab/index.ts";
import { runLoad, type Load, type LoadResult, type RelayContender } from "./contender.ts";

const DERPER = { module: "tailscale.com/cmd/derper", version: "v1.98.10" };
const LOAD = { folder: fileURLToPath(new URL("../programs/derp-load", import.meta.url)) };

export const derper: RelayContender = derperOver("tls", 8443);
export const plainDerper: RelayContender = derperOver("tcp", 8080);

function derperOver(transport: "tls" | "tcp", port: number): RelayContender {
  return {
    name: transport === "tls" ? "derper" : "derper without TLS",
    windows: [32, 128],
    async start(relay, clients) {
      const program = await buildGoProgram("derper", "derper", DERPER);
      const load = await buildGoProgram("the load for derper", "derp-load", LOAD);
      if (program === undefined || load === undefined) return undefined;
      const directory = join(relay.directory, `derper-${transport}`);
      mkdirSync(directory, { recursive: true });
      // With an address for its name it makes a certificate for itself.
      const tls = transport === "tls" ? ["-certmode", "manual", "-hostname", relay.ipv4, "-certdir", directory] : [];
      const address = `${relay.ipv4}:${port}`;
      const files = ["-c", join(directory, "derper.key")];
      const options = ["-a", address, "-http-port", "-1", "-stun=false", ...files, ...tls];
      const server = relay.spawn([program, ...options], { logFile: join(relay.directory, `derper-${transport}.log`) });
      await waitFor("derper's port", 10_000, async () => {
        if (!server.running) throw new Error(`derper ended:\n${server.output}`);
        return (await relay.output(["ss", "-Hltn", `sport = :${port}`])) !== "";
      });
      const target = ["--relay", address, `--tls=${transport === "tls"}`, "--pid", String(server.pid)];
      const run = (wanted: Load): Promise<LoadResult> => runLoad(clients, [load, ...target], wanted);
      return { pid: server.pid, run, probe: run };
    },
  };
}
