// What happens to networks in a day, to a pair of nodes with traffic, and how long they need: each change with its limit.
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { LabProcess } from "./process.ts";
import { Coordinator, Node, waitFor } from "./meshd.ts";
import { startRelay } from "./relay.ts";
import { makeSampleFile, startSshServer } from "./services.ts";
import { silenceDuring } from "./silence.ts";
import { SiteLab } from "./site-lab.ts";
import { siteType, type SiteName } from "./sites.ts";

export interface Recovery {
  readonly name: string;
  readonly measuredMs: number;
  readonly limitMs: number;
  /** What else is not as it must be. */
  readonly problems: readonly string[];
}

export interface RecoveryScenario {
  readonly names: readonly string[];
  /** One for each name. Rejects where not even the start came about. `keepLogs`: a folder for the logs of what failed. */
  readonly run: (keepLogs: string) => Promise<readonly Recovery[]>;
}

const BACK_MS = 2000;
const ON_TCP_MS = 5000;
const UDP_AGAIN_MS = 30_000;
/** "No effect" on pings every 20 ms, on a machine that is busy starting a coordinator. */
const NO_EFFECT_MS = 200;
const SETTLE_MS = 10_000;
const DIRECT_AGAIN_MS = 5000;
/** After a change, to see that nothing follows. */
const AFTERMATH_MS = 2000;
const FILE_MB = 60;

interface World {
  readonly lab: SiteLab;
  readonly coordinator: Coordinator;
  readonly phone: Node;
  readonly laptop: Node;
  /** Of the laptop, in the mesh. */
  readonly target: string;
}

export const recoveryScenarios: readonly RecoveryScenario[] = [
  direct(["router reboot, new public address"], async (world) => {
    const silence = await silenceDuring(world.phone.host, world.target, async () => {
      await world.lab.rebootSite("cafe");
      await sleep(BACK_MS + AFTERMATH_MS);
    });
    return [result(silence.ms, BACK_MS, await directAgain(world))];
  }),
  direct(["moved to another network, scp in progress"], async (world) => {
    const { lab, phone, laptop, target } = world;
    const ssh = await startSshServer(laptop.host);
    const file = makeSampleFile(join(phone.host.directory, "album.bin"), FILE_MB);
    const copy = join(laptop.host.directory, "album.bin");
    // In some five seconds.
    const limit = String(FILE_MB * 1600);
    const copying = phone.host.run(["scp", "-q", "-l", limit, ...ssh.options, file.path, `root@${target}:${copy}`]);
    const silence = await silenceDuring(phone.host, target, async () => {
      await sleep(1000);
      lab.moveHost("phone", "hotel");
      await copying;
    });
    const problems = [...(await directAgain(world))];
    const { code, stderr } = await copying;
    if (code !== 0) problems.push(`scp ended with ${code}: ${stderr.trim()}`);
    else if (!(await laptop.host.output(["sha256sum", copy])).startsWith(file.sha256))
      problems.push("the copy differs");
    return [result(silence.ms, BACK_MS, problems)];
  }),
  relayed(["relay killed"], async ({ phone, laptop, target }, relays) => {
    await waitFor("paths over both relays", SETTLE_MS, async () => (await phone.peer("laptop"))?.paths.length === 2);
    const used = (await phone.peer("laptop"))?.path.relay ?? "";
    const silence = await silenceDuring(phone.host, target, async () => {
      relays.get(used)?.kill("SIGKILL");
      await sleep(BACK_MS + AFTERMATH_MS);
    });
    const now = (await phone.peer("laptop"))?.path.relay;
    const problems = now !== undefined && now !== used ? [] : [`the path is still that over ${used}`];
    for (const node of [phone, laptop]) {
      const home = (await node.status()).self?.homeRelay;
      if (home === used) problems.push(`${node.host.name}'s home relay is the dead one`);
    }
    return [result(silence.ms, BACK_MS, problems)];
  }),
  relayed(["coordinator restarted"], async ({ coordinator, phone, target }) => {
    const silence = await silenceDuring(phone.host, target, async () => {
      await coordinator.stop();
      await sleep(1000);
      await coordinator.start();
      await waitFor(
        "the coordinator again",
        SETTLE_MS,
        async () => (await phone.status()).coordinator?.connected === true,
      );
      await sleep(AFTERMATH_MS);
    });
    return [result(silence.ms, NO_EFFECT_MS, silence.lost > 0 ? [`${silence.lost} packets were lost`] : [])];
  }),
  direct(["UDP newly blocked", "UDP not blocked any more"], async ({ lab, phone, laptop, target }) => {
    const silence = await silenceDuring(phone.host, target, async () => {
      await lab.blockUdp("cafe");
      await phone.waitForPath("laptop", "relay-tcp", ON_TCP_MS + SETTLE_MS);
      await laptop.waitForPath("phone", "relay-udp", SETTLE_MS);
      await sleep(AFTERMATH_MS);
    });
    const pinging = phone.host.spawn(["ping", "-n", "-i", "0.2", target]);
    await lab.unblockUdp("cafe");
    const back = await waitFor("UDP again", 2 * UDP_AGAIN_MS, async () => {
      const kind = (await phone.peer("laptop"))?.path.kind;
      return kind === "relay-udp" || kind === "direct";
    });
    await pinging.stop();
    return [result(silence.ms, ON_TCP_MS, []), result(back, UDP_AGAIN_MS, [])];
  }),
];

type Outcome = Omit<Recovery, "name">;

function result(measuredMs: number, limitMs: number, problems: readonly string[]): Outcome {
  return { measuredMs, limitMs, problems };
}

async function directAgain({ phone, laptop }: World): Promise<readonly string[]> {
  try {
    await phone.waitForPath("laptop", "direct", DIRECT_AGAIN_MS);
    await laptop.waitForPath("phone", "direct", DIRECT_AGAIN_MS);
    return [];
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}

/** Two homes, a hotel to go to; the path is direct. */
function direct(names: readonly string[], measure: (world: World) => Promise<readonly Outcome[]>): RecoveryScenario {
  return scenario(names, ["server"], "port-restricted", [], async (world) => {
    await world.phone.waitForPath("laptop", "direct", SETTLE_MS);
    await world.laptop.waitForPath("phone", "direct", SETTLE_MS);
    return measure(world);
  });
}

/** Two hosts that can meet nowhere but at a relay, of which there are two, on machines of their own. */
function relayed(
  names: readonly string[],
  measure: (world: World, relays: ReadonlyMap<string, LabProcess>) => Promise<readonly Outcome[]>,
): RecoveryScenario {
  return scenario(names, ["server", "east", "west"], "symmetric-random", ["--no-relay"], async (world, relays) => {
    await world.phone.waitForPath("laptop", "relay-udp", SETTLE_MS);
    return measure(world, relays);
  });
}

function scenario(
  names: readonly string[],
  servers: readonly string[],
  site: SiteName,
  coordinatorArgs: readonly string[],
  measure: (world: World, relays: ReadonlyMap<string, LabProcess>) => Promise<readonly Outcome[]>,
): RecoveryScenario {
  return {
    names,
    async run(keepLogs) {
      const type = siteType(site);
      const sites = { home: ["laptop"], cafe: ["phone"], hotel: [] };
      using lab = await SiteLab.create(
        servers,
        Object.entries(sites).map(([name, hosts]) => ({ name, type, hosts })),
      );
      try {
        const { relays, ...world } = await startWorld(lab, servers.slice(1), coordinatorArgs);
        const outcomes = await measure(world, relays);
        const isFine = outcomes.every(
          ({ measuredMs, limitMs, problems }) => measuredMs < limitMs && problems.length === 0,
        );
        if (!isFine) lab.lab.saveLogs(keepLogs);
        return outcomes.map((outcome, index) => ({ name: names[index] ?? "", ...outcome }));
      } catch (error) {
        lab.lab.saveLogs(keepLogs);
        throw error;
      }
    },
  };
}

async function startWorld(
  lab: SiteLab,
  relayHosts: readonly string[],
  coordinatorArgs: readonly string[],
): Promise<World & { readonly relays: ReadonlyMap<string, LabProcess> }> {
  const server = lab.host("server");
  const coordinator = await Coordinator.start(server, coordinatorArgs);
  const relays = new Map<string, LabProcess>();
  for (const name of relayHosts) relays.set(name, await startRelay(server, lab.host(name)));
  const [laptop, phone] = [new Node(lab.host("laptop")), new Node(lab.host("phone"))];
  for (const node of [laptop, phone]) {
    await node.join(coordinator.joinKey);
    await waitFor("a home relay", SETTLE_MS, async () => ((await node.status()).self?.homeRelay ?? "") !== "");
  }
  await phone.waitForPeers("laptop");
  const target = (await laptop.ips()).v4;
  await phone.host.output(["ping", "-n", "-c", "3", "-i", "0.2", "-W", "3", target]);
  return { lab, coordinator, phone, laptop, target, relays };
}
