import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { Command } from "commander";
import { configure as configureAdmin } from "../../../src/cli/admin/index.ts";
import { configure as configureCoordinator } from "../../../src/cli/coordinator.ts";
import { readEnvironment } from "../../../src/cli/options.ts";

const directory = mkdtempSync(join(tmpdir(), "meshd-options-"));
after(() => {
  rmSync(directory, { recursive: true });
});

/** The options as the coordinator would get them. */
async function coordinatorOptions(words: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const command = new Command("coordinator").exitOverride().configureOutput({ writeErr: () => undefined });
  configureCoordinator(command);
  readEnvironment(command);
  let options: Readonly<Record<string, unknown>> = {};
  command.action((given: Readonly<Record<string, unknown>>) => {
    options = given;
  });
  Object.assign(process.env, env);
  try {
    await command.parseAsync(words, { from: "user" });
  } finally {
    for (const name of Object.keys(env)) Reflect.deleteProperty(process.env, name);
  }
  return options;
}

function configuration(text: string): string {
  const file = join(directory, "coordinator.toml");
  writeFileSync(file, text);
  return file;
}

void test("defaults are those of the book", async () => {
  const { listen, stunListen, relay, logLevel } = await coordinatorOptions([]);
  assert.deepEqual([listen, stunListen, relay, logLevel], [":443", ":3478", true, "info"]);
});

void test("flags before environment before configuration file", async () => {
  const config = configuration('listen = ":1"\nstun-listen = ":1"\npublic-address = "one"\nno-relay = true\n');
  const env = { MESHD_LISTEN: ":2", MESHD_STUN_LISTEN: ":2" };
  const options = await coordinatorOptions(["--config", config, "--listen", ":3"], env);
  assert.deepEqual(
    [options.listen, options.stunListen, options.publicAddress, options.relay],
    [":3", ":2", "one", false],
  );
});

void test("offers of relays are taken unless the operator says otherwise, in either of two ways", async () => {
  const taken = async (...given: Parameters<typeof coordinatorOptions>) =>
    (await coordinatorOptions(...given)).offeredRelays;
  assert.equal(await taken([]), true);
  assert.equal(await taken(["--no-offered-relays"]), false);
  assert.equal(await taken(["--offered-relays=false"]), false);
  assert.equal(await taken([], { MESHD_OFFERED_RELAYS: "off" }), false);
  assert.equal(await taken(["--config", configuration("offered-relays = false\n")]), false);
});

void test("--no-relay is a switch in all three places", async () => {
  assert.equal((await coordinatorOptions(["--no-relay"])).relay, false);
  assert.equal((await coordinatorOptions(["--no-relay=false"])).relay, true);
  assert.equal((await coordinatorOptions([], { MESHD_NO_RELAY: "true" })).relay, false);
  assert.equal((await coordinatorOptions([], { MESHD_NO_RELAY: "false" })).relay, true);
  assert.equal((await coordinatorOptions(["--config", configuration("no-relay = false\n")])).relay, true);
});

void test("an unknown key is an error that names the nearest", async () => {
  const config = configuration('lissten = ":1"\n');
  await assert.rejects(coordinatorOptions(["--config", config]), { exitCode: 2, message: /did you mean listen\?/ });
});

void test("admin verbs say what they want", async () => {
  const admin = () => {
    const command = new Command("admin").exitOverride();
    configureAdmin(command);
    for (const child of command.commands) {
      for (const verb of child.commands) verb.exitOverride().configureOutput({ outputError: () => undefined });
    }
    return command;
  };
  const fails = (words: readonly string[], code: string) =>
    assert.rejects(admin().parseAsync(words, { from: "user" }), { code });
  await fails(["key", "create", "--expires", "soon"], "commander.invalidArgument");
  await fails(["key", "create", "--expires", "0s"], "commander.invalidArgument");
  await fails(["key", "revoke"], "commander.missingArgument");
  await fails(["node", "rename", "one"], "commander.missingArgument");
  const absent = join(directory, "absent");
  await assert.rejects(admin().parseAsync(["node", "list", "--socket", absent], { from: "user" }), { exitCode: 3 });
  await assert.rejects(admin().parseAsync(["node", "list", "--state-dir", absent], { from: "user" }), { exitCode: 3 });
});
