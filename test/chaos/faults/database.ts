// The coordinator's SQLite file damaged: refused with the command that puts its copy back, which is then typed as it is printed.
import { closeSync, openSync, statSync, truncateSync, writeSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { meshdProgram } from "../../lab/index.ts";
import type { Random } from "../../sim/random.ts";
import { underTraffic } from "../attempt.ts";
import type { Fault, Trial } from "../fault.ts";
import type { World } from "../world.ts";

const PAGE = 4096;

const DAMAGES: Readonly<Record<string, (path: string, random: Random) => void>> = {
  "cut short": (path) => truncateSync(path, statSync(path).size >> 1),
  "its first page garbage": (path, random) => overwrite(path, 0, random.bytes(PAGE)),
  "a page garbage": (path, random) => overwrite(path, PAGE * random.integer(1, 3), random.bytes(PAGE)),
};

export const databaseFaults: readonly Fault[] = [
  {
    name: "database",
    words: "the coordinator's database damaged: refused, restored",
    times: Object.keys(DAMAGES).length,
    run: async (world, random, number) => damaged(world, random, number),
  },
];

async function damaged(world: World, random: Random, number: number): Promise<Trial> {
  const { coordinator } = world;
  const [name, damage] = Object.entries(DAMAGES)[number % Object.keys(DAMAGES).length] ?? [];
  const path = join(coordinator.stateDir, "coordinator.db");
  const attempt = await underTraffic(world, { undisturbed: true }, async (ended) => {
    // Its end brings the journal into the file.
    await coordinator.stop();
    damage?.(path, random);
    const { code, stderr } = await coordinator.host.run([meshdProgram, "coordinator", "--no-relay"], {
      env: coordinator.env,
      timeoutMs: 10_000,
    });
    const [, restore] = /\((?:of \S+: )?(cp [^)]*)\)/.exec(stderr) ?? [];
    if (code !== 1 || restore === undefined) return [`it ended with ${code} and said: ${stderr.trim()}`];
    await coordinator.host.output(["sh", "-c", restore]);
    await sleep(random.integer(0, 500));
    ended();
    await coordinator.start();
    return [];
  });
  return { ...attempt, what: name ?? "" };
}

function overwrite(path: string, position: number, bytes: Uint8Array): void {
  const file = openSync(path, "r+");
  writeSync(file, bytes, 0, bytes.length, position);
  closeSync(file);
}
