// What people do with a mesh meanwhile: transfers, whose hashes are compared, ssh, pings, and questions to the daemon.
import { join } from "node:path";
import type { Random } from "../sim/random.ts";
import type { Act } from "./churn.ts";
import { FILE_PORT, type World } from "./world.ts";

/** A transfer that arrived and is not what was sent: whatever else may be excused on a busy machine, this may not. */
export class Damaged extends Error {
  override readonly name = "Damaged";
}

export const TRAFFIC: readonly Act[] = [
  {
    kind: "download",
    weight: 3,
    async run(world, random) {
      const client = random.pick(["office-pc", "phone", "laptop"]);
      await download(world, client, "desktop");
      return `${client} fetched a file from desktop`;
    },
  },
  {
    kind: "download",
    weight: 2,
    async run(world) {
      await download(world, "anna", "bert");
      return "anna fetched a file from bert";
    },
  },
  {
    kind: "scp",
    weight: 2,
    async run(world, random) {
      const client = world.node(random.pick(["office-pc", "phone", "desktop"])).host;
      const { v4 } = await world.node("laptop").ips();
      const copy = join(client.directory, "copy.bin");
      const source = `root@${v4}:${world.file.path}`;
      await client.output(["scp", "-q", "-o", "ConnectTimeout=20", ...world.sshOptions, source, copy]);
      compare(await client.output(["sha256sum", copy]), world);
      return `${client.name} copied a file from laptop`;
    },
  },
  {
    kind: "ping",
    weight: 3,
    async run(world, random) {
      const [from, to] = pair(world, random);
      const { v4 } = await world.node(to).ips();
      await world.node(from).host.output(["ping", "-n", "-q", "-c", "10", "-i", "0.3", v4]);
      return `${from} pinged ${to}`;
    },
  },
  {
    kind: "ask",
    weight: 2,
    async run(world, random) {
      const [from, to] = pair(world, random);
      const verb = random.pick([["status"], ["ping", "-c", "2", to], ["why", to], ["netcheck"], ["status", "--json"]]);
      await world.node(from).done(...verb);
      return `${from} asked ${verb.join(" ")}`;
    },
  },
];

function pair(world: World, random: Random): readonly [from: string, to: string] {
  if (random.unit() < 0.25) return random.pick([["anna", "bert"] as const, ["bert", "anna"] as const]);
  const from = random.pick(world.steady);
  const to = random.pick(world.steady.filter((node) => node !== from));
  return [from.host.name, to.host.name];
}

async function download(world: World, client: string, server: string): Promise<void> {
  const { v4 } = await world.node(server).ips();
  const { host } = world.node(client);
  const fetch = `curl -sSf --retry 2 --connect-timeout 20 --max-time 50 http://${v4}:${FILE_PORT}/ | sha256sum`;
  compare(await host.output(["bash", "-o", "pipefail", "-c", fetch]), world);
}

function compare(sum: string, { file }: World): void {
  if (!sum.startsWith(file.sha256)) throw new Damaged(`a file arrived with the hash ${sum.trim()}`);
}
