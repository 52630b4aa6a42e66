// Files of the state directory that are cut short or hold something else when a role starts.
import { existsSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { type Daemon, meshdProgram, type Node } from "../../lab/index.ts";
import type { Random } from "../../sim/random.ts";
import { underTraffic } from "../attempt.ts";
import type { Fault, Trial } from "../fault.ts";
import type { World } from "../world.ts";

/** Set aside and said; the node has its own copy, or the coordinator gives it anew. */
const RECOVERED = ["settings.json", "mesh.json", "netmap", "tickets.json"] as const;
/** Of no importance: what cannot be read counts for nothing. */
const IGNORED = ["port", "networks.json", "pid", "socket"] as const;

const DAMAGES = ["truncated", "empty", "garbage"] as const;
type Damage = (typeof DAMAGES)[number];

export const fileFaults: readonly Fault[] = [
  {
    name: "state-file",
    words: "a node's file cut short or garbage: set aside, recovered",
    // Numbers of files and damages have no common divisor: each file meets each damage in turn.
    times: 8,
    run: async (world, random, number) => {
      const file = RECOVERED[number % RECOVERED.length] ?? "netmap";
      const damage = DAMAGES[number % DAMAGES.length] ?? "garbage";
      return recovers(world, random, random.pick(world.nodes), file, damage);
    },
  },
  {
    name: "all-files",
    words: "all of a node's files but its identity garbage at once",
    times: 1,
    run: async (world, random) => allButIdentity(world, random, random.pick(world.nodes)),
  },
  {
    name: "identity",
    words: "a node's or relay's identity damaged: refused, never replaced",
    times: 4,
    run: async (world, random, number) =>
      number % 2 === 0
        ? identityRefused(world, random, random.pick(world.nodes), "identity.json", ["daemon"])
        : identityRefused(world, random, random.pick(world.relays), "relay.json", ["relay"]),
  },
];

async function recovers(world: World, random: Random, victim: Node, file: string, damage: Damage): Promise<Trial> {
  const path = join(victim.stateDir, file);
  const key = (await victim.status()).self?.key;
  const logged = victim.log.length;
  const attempt = await underTraffic(world, {}, async (ended) => {
    await victim.kill();
    spoil(path, damage, random);
    ended();
    await victim.start();
    return [];
  });
  const problems = [...attempt.problems];
  if ((await victim.status()).self?.key !== key) problems.push("the node has another key");
  const aside = `${path}.unusable`;
  if (!existsSync(aside)) problems.push(`${file} was not set aside`);
  if (!victim.log.slice(logged).includes(aside)) problems.push(`nothing is said about ${file}`);
  rmSync(aside, { force: true });
  return { ...attempt, problems, what: `${victim.host.name}: ${file} ${damage}` };
}

async function allButIdentity(world: World, random: Random, victim: Node): Promise<Trial> {
  const before = await victim.status();
  const attempt = await underTraffic(world, {}, async (ended) => {
    await victim.kill();
    for (const file of [...RECOVERED, ...IGNORED].filter((name) => existsSync(join(victim.stateDir, name)))) {
      spoil(join(victim.stateDir, file), "garbage", random);
    }
    ended();
    await victim.start();
    return [];
  });
  const problems = [...attempt.problems];
  const after = await victim.status();
  if (after.self?.key !== before.self?.key) problems.push("the node has another key");
  if (String(after.self?.ips) !== String(before.self?.ips)) problems.push("the node has other addresses");
  for (const name of readdirSync(victim.stateDir)) {
    if (name.endsWith(".unusable")) rmSync(join(victim.stateDir, name));
  }
  return { ...attempt, problems, what: victim.host.name };
}

/** Refused for as long as it is damaged, and there again as soon as the right file is. */
async function identityRefused(
  world: World,
  random: Random,
  victim: Daemon & { start(): Promise<void> },
  file: string,
  verb: readonly string[],
): Promise<Trial> {
  const path = join(victim.stateDir, file);
  const damage = random.pick(DAMAGES);
  const attempt = await underTraffic(world, {}, async (ended) => {
    await victim.kill();
    const whole = readFileSync(path);
    spoil(path, damage, random);
    const damaged = readFileSync(path);
    const { code, stderr } = await victim.host.run([meshdProgram, ...verb], { env: victim.env, timeoutMs: 10_000 });
    const problems = [];
    if (code !== 1 || !stderr.includes(path)) problems.push(`it ended with ${code} and said: ${stderr.trim()}`);
    if (!readFileSync(path).equals(damaged)) problems.push(`${file} was replaced`);
    writeFileSync(path, whole);
    ended();
    await victim.start();
    return problems;
  });
  return { ...attempt, what: `${victim.host.name}: ${basename(path)} ${damage}` };
}

function spoil(path: string, damage: Damage, random: Random): void {
  const { size } = statSync(path);
  if (damage === "garbage") writeFileSync(path, random.bytes(Math.max(size, 16)));
  else truncateSync(path, damage === "empty" ? 0 : size >> 1);
}
