// Disks that take nothing: full, or read-only. A role that runs goes on; what somebody asks it to keep is refused in a line that says why,
// and kept as it was. A node also starts on a full disk: whoever is to make room may have to come through the mesh.
import { execFileSync } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { type Coordinator, type Daemon, fillDisk, makeReadOnly, type Node } from "../../lab/index.ts";
import type { Random } from "../../sim/random.ts";
import { underTraffic } from "../attempt.ts";
import type { Fault, Trial } from "../fault.ts";
import type { World } from "../world.ts";
import { roleInTurn } from "./roles.ts";

const BETWEEN_MS = { least: 300, most: 1500 } as const;

export const diskFaults: readonly Fault[] = [
  {
    name: "disk-full",
    words: "the disk full under a running role",
    times: 3,
    run: async (world, random, number) => fullWhileRunning(world, random, number),
  },
  {
    name: "disk-full-start",
    words: "a node is killed and starts while its disk is full",
    times: 2,
    run: async (world, random) => fullAtStart(world, random.pick(world.nodes)),
  },
  {
    name: "read-only-start",
    words: "a node is killed and starts while its state is read-only",
    times: 2,
    run: async (world, random) => readOnlyAtStart(world, random.pick(world.nodes)),
  },
  {
    name: "read-only",
    words: "the state directory read-only under a running role",
    times: 3,
    run: async (world, random, number) => readOnly(world, random, number),
  },
];

async function fullWhileRunning(world: World, random: Random, number: number): Promise<Trial> {
  const victim = roleInTurn(world, random, number);
  const attempt = await underTraffic(world, { undisturbed: true }, async () => {
    const makeRoom = fillDisk(victim.stateDir);
    try {
      await sleep(random.integer(BETWEEN_MS.least, BETWEEN_MS.most));
      return await problemsOfWriting(world, victim, /disk|space/);
    } finally {
      makeRoom();
    }
  });
  return { ...attempt, problems: [...attempt.problems, ...(await takesAgain(world, victim))], what: nameOf(victim) };
}

async function fullAtStart(world: World, victim: Node): Promise<Trial> {
  const makeRoom = fillDisk(victim.stateDir);
  try {
    const attempt = await underTraffic(world, {}, async (ended) => {
      await victim.kill();
      ended();
      await victim.start();
      return [];
    });
    return { ...attempt, what: nameOf(victim) };
  } finally {
    makeRoom();
  }
}

/** Mounted over the directory as the role sees it: what it has open stays writable, as with a disk that fails. */
async function readOnly(world: World, random: Random, number: number): Promise<Trial> {
  const victim = roleInTurn(world, random, number);
  const { stateDir } = victim;
  const attempt = await underTraffic(world, { undisturbed: true }, async () => {
    inView(victim, "mount", "--bind", stateDir, stateDir);
    inView(victim, "mount", "-o", "remount,bind,ro", stateDir);
    try {
      await sleep(random.integer(BETWEEN_MS.least, BETWEEN_MS.most));
      // SQLite has its file open: it may go on.
      return victim === world.coordinator ? [] : await problemsOfWriting(world, victim, /read-only/);
    } finally {
      inView(victim, "umount", stateDir);
    }
  });
  return { ...attempt, problems: [...attempt.problems, ...(await takesAgain(world, victim))], what: nameOf(victim) };
}

async function readOnlyAtStart(world: World, victim: Node): Promise<Trial> {
  const attempt = await underTraffic(world, {}, async (ended) => {
    await victim.kill();
    const makeWritable = makeReadOnly(victim.stateDir);
    ended();
    await victim.start();
    makeWritable();
    return [];
  });
  // Its own view of the disk is as old as the program.
  inView(victim, "umount", "--lazy", victim.stateDir);
  return { ...attempt, problems: [...attempt.problems, ...(await takesAgain(world, victim))], what: nameOf(victim) };
}

/** With the mounts that the running program sees. */
function inView(daemon: Daemon, ...argv: readonly string[]): void {
  execFileSync("nsenter", ["--target", String(daemon.process.pid), "--mount", ...argv]);
}

function nameOf(victim: Daemon): string {
  return victim.host.name;
}

/** Relays are asked to keep nothing. */
async function problemsOfWriting(world: World, victim: Daemon, reason: RegExp): Promise<readonly string[]> {
  const command = commandThatWrites(world, victim, true);
  if (command === undefined) return [];
  const { code, stderr } = await victim.cli(command);
  const problems = [];
  if (code === 0) problems.push(`meshd ${command.join(" ")} succeeded on a disk that takes nothing`);
  else if (!reason.test(stderr) || stderr.trim().includes("\n")) problems.push(`it says: ${stderr.trim()}`);
  if (!victim.process.running) problems.push(`${victim.host.name} ended`);
  return problems;
}

async function takesAgain(world: World, victim: Daemon): Promise<readonly string[]> {
  const command = commandThatWrites(world, victim, false);
  if (command === undefined) return [];
  const { code, stderr } = await victim.cli(command);
  return code === 0 ? [] : [`meshd ${command.join(" ")} afterwards: ${stderr.trim()}`];
}

function commandThatWrites(world: World, victim: Daemon, change: boolean): readonly string[] | undefined {
  if (isCoordinator(world, victim)) return ["admin", "key", "create"];
  if (!world.nodes.some((node) => node === victim)) return undefined;
  return ["up", change ? "--relay-rate=50M" : "--relay-rate=100M"];
}

function isCoordinator(world: World, daemon: Daemon): daemon is Coordinator {
  return daemon === world.coordinator;
}
