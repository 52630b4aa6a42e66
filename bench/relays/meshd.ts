// `meshd relay` as its users run it, with clients that its tickets admit: over UDP with packets sent in trains, as the engine does for bulk
// traffic; over UDP one by one, the worst case; and over TCP.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { generateSigningKey } from "../../src/identity/keys.ts";
import { sodiumReady } from "../../src/identity/sodium.ts";
import { loadRelayState } from "../../src/relay/state-file.ts";
import { repository, runCommand } from "../../scripts/command.ts";
import { meshdProgram, type Host } from "../../test/lab/index.ts";
import { runLoad, type RelayContender } from "./contender.ts";
import { memberLine, relayToken } from "./members.ts";

/** What the engine sends at once (native/engine/src/transmit.rs). */
const TRAIN = 45;
/** Enough for the largest load, and behind them those of the probe. */
const LOAD_MEMBERS = 40;
const MEMBERS = LOAD_MEMBERS + 2;

const udpLoad = join(repository, "native/target/release/relay-load");
const buildUdpLoad = ["build", "--release", "--locked", "-p", "meshd-relay-load"];
const streamLoad = [process.execPath, fileURLToPath(new URL("../programs/stream-load.ts", import.meta.url))];

export const meshd: RelayContender = meshdRelay("meshd", [2 * TRAIN, 6 * TRAIN], [udpLoad], TRAIN);
export const meshdSingly: RelayContender = meshdRelay("meshd one by one", [32, 128], [udpLoad]);
export const meshdTcp: RelayContender = meshdRelay("meshd over TCP", [2 * TRAIN, 6 * TRAIN], streamLoad);

let nextPort = 9443;

function meshdRelay(name: string, windows: readonly number[], load: readonly string[], train = 1): RelayContender {
  return {
    name,
    windows,
    async start(relay, clients) {
      const built = await runCommand("cargo", buildUdpLoad, { cwd: join(repository, "native") });
      if (built.code !== 0) throw new Error(`the load generator does not compile:\n${built.output}`);
      const port = nextPort++;
      const { pid, membersFile } = await startRelay(relay, port);
      const target = ["--relay", `${relay.ipv4}:${port}`, "--members", membersFile, "--pid", String(pid)];
      const trains = train === 1 ? [] : ["--train", String(train)];
      const apart = ["--first", String(LOAD_MEMBERS)];
      return {
        pid,
        run: (wanted) => runLoad(clients, [...load, ...target, ...trains], wanted),
        probe: (wanted) => runLoad(clients, [...load, ...target, ...apart], wanted),
      };
    },
  };
}

async function startRelay(host: Host, port: number): Promise<{ readonly pid: number; readonly membersFile: string }> {
  await sodiumReady();
  const root = generateSigningKey();
  const stateDir = join(host.directory, `relay-${port}`);
  const env = { MESHD_STATE_DIR: stateDir, MESHD_SOCKET: `${stateDir}.sock` };
  const listen = ["--listen", `${host.ipv4}:${port}`];
  const started = host.spawn([meshdProgram, "relay", "--join", relayToken(root), ...listen], { env });
  await started.waitForLine(/^The relay listens/);
  const state = await loadRelayState(stateDir);
  if (state === undefined) throw new Error("the relay keeps no state");
  const membersFile = `${stateDir}.members`;
  const lines = Array.from({ length: MEMBERS }, () => memberLine(root, state.relay.publicKey));
  writeFileSync(membersFile, lines.join("\n"), { mode: 0o600 });
  return { pid: started.pid, membersFile };
}
