import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { LifetimeMemory } from "../../../src/daemon/lifetime-memory.ts";

async function directory(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "meshd-lifetime-"));
  t.after(() => rm(path, { recursive: true }));
  return path;
}

const HOME = "192.168.1.1 eth0 198.51.100.7";
const lifetime = { survivedMs: 60_000, diedMs: 90_000 };

test("what was found is known after a restart, with its age", async (t) => {
  const stateDir = await directory(t);
  const memory = await LifetimeMemory.load(stateDir);
  assert.equal(memory.get(HOME, 0), undefined);
  await memory.put(HOME, lifetime, 1_000_000);
  await memory.put("other", { survivedMs: 120_000, diedMs: undefined }, 1_000_000);
  const again = await LifetimeMemory.load(stateDir);
  assert.deepEqual(again.get(HOME, 1_500_000), { lifetime, ageMs: 500_000 });
  assert.deepEqual(again.get("other", 900_000), { lifetime: { survivedMs: 120_000, diedMs: undefined }, ageMs: 0 });
});

test("the longest unseen of many networks is forgotten", async (t) => {
  const stateDir = await directory(t);
  const memory = await LifetimeMemory.load(stateDir);
  await memory.put(HOME, lifetime, 0);
  for (let i = 0; i < 31; i++) await memory.put(`network ${String(i)}`, lifetime, i);
  await memory.put(HOME, lifetime, 100);
  await memory.put("one more", lifetime, 101);
  const again = await LifetimeMemory.load(stateDir);
  assert.equal(again.get("network 0", 200), undefined);
  assert.ok(again.get(HOME, 200) !== undefined && again.get("network 1", 200) !== undefined);
});

test("what is damaged is left out, and never in the way", async (t) => {
  const stateDir = await directory(t);
  const file = join(stateDir, "networks.json");
  const damaged: readonly string[] = [
    "",
    "[]",
    "{",
    '{"version":2,"networks":{}}',
    '{"version":1,"networks":7}',
    `{"version":1,"networks":{"${HOME}":{"survivedSeconds":-1,"measuredAtUnixMs":0}}}`,
    `{"version":1,"networks":{"${HOME}":{"survivedSeconds":60,"diedSeconds":60,"measuredAtUnixMs":0}}}`,
    `{"version":1,"networks":{"${HOME}":{"survivedSeconds":"60","measuredAtUnixMs":0}}}`,
  ];
  for (const text of damaged) {
    await writeFile(file, text);
    const said: string[] = [];
    const memory = await LifetimeMemory.load(stateDir, (words) => said.push(words));
    assert.equal(memory.get(HOME, 0), undefined, text);
    assert.equal(said.length, existsSync(`${file}.unusable`) ? 1 : 0, text);
    for (const words of said) assert.match(words, /networks\.json.*it was set aside as .*\.unusable/);
    await rm(`${file}.unusable`, { force: true });
  }
  const memory = await LifetimeMemory.load(stateDir);
  await memory.put(HOME, lifetime, 0);
  assert.match(await readFile(file, "utf8"), /"survivedSeconds": 60/);
});
