import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { Command, Option } from "commander";
import { nearest } from "../../../src/local-api/nearest.ts";
import {
  booleanOption,
  parseBoolean,
  parseDuration,
  parseList,
  parsePort,
  readConfigurationFile,
  readEnvironment,
} from "../../../src/cli/options.ts";
import { MeshdError } from "../../../src/protocol/errors.ts";

describe("values of options", () => {
  it("reads durations, seconds where no unit is given", () => {
    assert.deepEqual(
      ["90", "500ms", "30s", "5m", "24h", "7d", "1.5s"].map(parseDuration),
      [90_000, 500, 30_000, 300_000, 86_400_000, 604_800_000, 1500],
    );
    for (const text of ["", "-1", "1w", "s", "1 h", "1e3"]) assert.throws(() => parseDuration(text), text);
  });

  it("reads ports, booleans and lists strictly", () => {
    assert.equal(parsePort("0"), 0);
    assert.equal(parsePort("65535"), 65535);
    for (const text of ["65536", "-1", "1.5", "http", ""]) assert.throws(() => parsePort(text), text);
    assert.equal(parseBoolean("no"), false);
    assert.throws(() => parseBoolean("maybe"));
    assert.deepEqual(parseList("a, b,,c", ["x"]), ["x", "a", "b", "c"]);
  });
});

describe("nearest word", () => {
  it("finds swapped, missing and wrong letters, and nothing for what is far", () => {
    const words = ["status", "ping", "up", "coordinator"];
    assert.equal(nearest("stauts", words), "status");
    assert.equal(nearest("pin", words), "ping");
    assert.equal(nearest("cordinator", words), "coordinator");
    assert.equal(nearest("frobnicate", words), undefined);
  });
});

describe("where values come from", () => {
  let directory: string;
  const variables = ["MESHD_PORT", "MESHD_HOSTNAME", "MESHD_SHIELDS_UP"];

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "meshd-options-"));
  });
  afterEach(() => {
    rmSync(directory, { recursive: true });
    for (const name of variables) Reflect.deleteProperty(process.env, name);
  });

  async function parse(toml: string, ...words: string[]): Promise<Record<string, unknown>> {
    const path = join(directory, "node.toml");
    writeFileSync(path, toml);
    const command = new Command().exitOverride();
    command
      .addOption(new Option("--port <port>").argParser(parsePort))
      .addOption(new Option("--hostname <name>"))
      .addOption(booleanOption("shields-up", "x"))
      .addOption(new Option("--state-dir <dir>").default("/default"))
      .action(() => undefined);
    readConfigurationFile(command, "node");
    readEnvironment(command);
    await command.parseAsync([`--config=${path}`, ...words], { from: "user" });
    return command.opts();
  }

  it("prefers flags to the environment to the file to defaults", async () => {
    process.env.MESHD_PORT = "2";
    process.env.MESHD_HOSTNAME = "from-env";
    const toml = 'port = 1\nhostname = "from-file"\nshields-up = true\nstate-dir = "/file"\n';
    const options = await parse(toml, "--port", "3");
    assert.equal(options.port, 3);
    assert.equal(options.hostname, "from-env");
    assert.equal(options.shieldsUp, true);
    assert.equal(options.stateDir, "/file");
    assert.equal((await parse("")).stateDir, "/default");
  });

  it("names the nearest key for an unknown one, and refuses wrong values and missing files", async () => {
    const isUsage = (pattern: RegExp) => (error: unknown) =>
      error instanceof MeshdError && error.exitCode === 2 && pattern.test(error.message);
    await assert.rejects(parse('hostnmae = "x"'), isUsage(/did you mean hostname\?/));
    await assert.rejects(parse("port = 70000"), isUsage(/port = 70000/));
    await assert.rejects(parse("port = ["), isUsage(/node\.toml:1: not valid TOML/));
    const command = new Command().action(() => undefined);
    readConfigurationFile(command, "node");
    await assert.rejects(command.parseAsync(["--config=/nowhere.toml"], { from: "user" }), isUsage(/nowhere/));
  });

  it("reads booleans from the environment by their value", async () => {
    process.env.MESHD_SHIELDS_UP = "false";
    assert.equal((await parse("shields-up = true")).shieldsUp, false);
    process.env.MESHD_SHIELDS_UP = "perhaps";
    await assert.rejects(parse(""), /MESHD_SHIELDS_UP = perhaps: expected true or false/);
  });

  it("takes a boolean flag alone, with a value, and not at all", async () => {
    assert.equal((await parse("", "--shields-up")).shieldsUp, true);
    assert.equal((await parse("", "--shields-up=false")).shieldsUp, false);
    assert.equal((await parse("")).shieldsUp, undefined);
  });
});
