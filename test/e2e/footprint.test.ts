// What meshd costs where it does nothing, and what it must never write down.
import assert from "node:assert/strict";
import { readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { labTest, meshdProgram, type Node } from "../lab/index.ts";
import { parseAuthKey, sodiumReady } from "../../src/identity/index.ts";
import { ping, sites, startPair } from "./mesh.ts";

const twoHomes = sites("home", "cafe");
const COMMAND_CPU_MS = 150;
const RESIDENT_MB = 100;
const IDLE_CPU_SHARE = 0.01;
const IDLE_SECONDS = 10;

labTest("status, ip and ping cost under 150 ms of process time", twoHomes, async (lab) => {
  const [laptop] = await startPair(lab, "laptop", "phone");
  for (const verb of ["status", "status --json", "ip", "ping -c 1 phone"]) {
    const costs = [];
    for (let round = 0; round < 3; round++) costs.push(await processTimeMs(laptop, verb));
    const best = Math.min(...costs);
    assert.ok(best < COMMAND_CPU_MS, `meshd ${verb}: ${costs.join(", ")} ms`);
  }
});

labTest("an idle daemon: below 100 MB resident and 1 % of a CPU", twoHomes, async (lab) => {
  const [laptop, phone, coordinator] = await startPair(lab, "laptop", "phone");
  await ping(laptop.host, (await phone.ips()).v4, 3);
  await laptop.waitForPath("phone", "direct", 3000);
  const daemons = [laptop, phone];
  const before = daemons.map(({ process }) => cpuSeconds(process.pid));
  await new Promise((resolve) => setTimeout(resolve, IDLE_SECONDS * 1000));
  for (const [index, { process, host }] of daemons.entries()) {
    const share = (cpuSeconds(process.pid) - (before[index] ?? 0)) / IDLE_SECONDS;
    assert.ok(share < IDLE_CPU_SHARE, `${host.name} used ${(share * 100).toFixed(1)} % of a CPU`);
    const resident = residentMb(process.pid);
    assert.ok(resident < RESIDENT_MB, `${host.name}: ${resident.toFixed(0)} MB resident`);
  }
  assert.ok(residentMb(coordinator.process.pid) < 1.5 * RESIDENT_MB);
});

labTest("no auth key and no private key in any log, no auth secret at rest", twoHomes, async (lab) => {
  const [laptop, phone, coordinator] = await startPair(lab, "laptop", "phone");
  await laptop.cli(["up", "--authkey", coordinator.joinKey.slice(0, -3)]);
  await laptop.cli(["up", "--log-level", "debug"]);
  const { key } = await coordinator.createKey();
  await laptop.done("logout");
  await laptop.up(key);
  await sodiumReady();
  const secrets = [coordinator.joinKey, key].map((text) => Buffer.from(parseAuthKey(text).secret.reveal()));
  const shown = secrets.flatMap((secret) => [
    secret.toString("hex"),
    secret.toString("base64url"),
    secret.toString("base64"),
  ]);
  for (const file of filesBelow(lab.directory)) {
    const content = readFileSync(file);
    const isLog = file.endsWith(".log");
    // The coordinator's first words are the key, for people, once: not a line of its log.
    const text = isLog ? logLines(content.toString("utf8")) : "";
    for (const word of [coordinator.joinKey, key, ...shown]) assert.ok(!text.includes(word), `a secret in ${file}`);
    for (const secret of secrets) assert.ok(!content.includes(secret), `a secret in ${file}`);
  }
  assert.notEqual(phone.log, "");
});

function logLines(text: string): string {
  return text
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .join("\n");
}

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());
}

/** User and system time of one command: the second line of the shell's `times` is its children's. */
async function processTimeMs(node: Node, verb: string): Promise<number> {
  const script = `${meshdProgram} ${verb} > /dev/null && times`;
  const output = await node.host.output(["sh", "-c", script], { env: node.env });
  const children = output.trim().split("\n").at(-1) ?? "";
  return [...children.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
    (sum, [, minutes, seconds]) => sum + Number(minutes) * 60_000 + Number(seconds) * 1000,
    0,
  );
}

/** proc(5): utime and stime, in ticks of 10 ms. */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /s, "")
    .split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function residentMb(pid: number): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024;
}
