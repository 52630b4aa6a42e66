import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { describeFailure } from "../../../src/cli/errors.ts";
import { buildProgram } from "../../../src/cli/program.ts";
import { VERBS } from "../../../src/cli/verbs.ts";
import { MeshdError } from "../../../src/protocol/errors.ts";

const MAIN = fileURLToPath(new URL("../../../src/main.ts", import.meta.url));
const directory = mkdtempSync(join(tmpdir(), "meshd-cli-"));
after(() => rmSync(directory, { recursive: true }));

function meshd(...args: string[]): { code: number | null; stdout: string; stderr: string } {
  const flags = ["--disable-warning=ExperimentalWarning", MAIN, ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, flags, { encoding: "utf8" });
  return { code: status, stdout, stderr };
}

async function allCommands(): Promise<readonly Command[]> {
  const below = (command: Command): readonly Command[] => [command, ...command.commands.flatMap(below)];
  const programs = await Promise.all(VERBS.map(({ name }) => buildProgram([name])));
  return programs
    .flatMap((program, index) => program.commands.filter((c) => c.name() === VERBS[index]?.name))
    .flatMap(below);
}

describe("command line", () => {
  it("has help with an example for every command, and words for each of its options and arguments", async () => {
    const commands = await allCommands();
    assert.ok(commands.length > 30);
    for (const command of commands.filter((each) => each.name() !== "node-names")) {
      const name = [command.parent?.name(), command.name()].join(" ");
      let help = "";
      command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
      assert.match(help, /\nExamples?:\n {2}\S/, name);
      assert.doesNotMatch(help, /preset|undefined/, name);
      for (const { description } of [...command.options, ...command.registeredArguments]) {
        assert.notEqual(description, "", name);
      }
    }
    assert.equal(meshd("status", "--help").code, 0);
    assert.match(meshd("help", "ping").stdout, /meshd ping/);
    assert.equal(meshd("--version").stdout, meshd("version").stdout);
  });

  it("answers wrong usage with one line and exit code 2", () => {
    const cases: readonly (readonly [string[], RegExp])[] = [
      [["stauts"], /unknown command stauts; did you mean status\?/],
      [["status", "--jsn"], /--jsn.*did you mean --json\?/],
      [["ping"], /missing required argument/],
      [["up", "--port", "70000"], /port from 0 to 65535/],
      [["up", "--tun", "a/b"], /no name for a TUN device/],
      [["up", "--authkey", "file:/nowhere"], /cannot read the auth key/],
      [["up", "--authkey", "env:NO_SUCH_VARIABLE"], /holds no auth key/],
      [["up", "--authkey", "mesh-abc"], /cut short/],
      [["admin"], /subcommand is missing/],
      [["up", "--advertise-routes", "10.0.0.0/8"], /unknown option/],
      [["status", "extra"], /too many arguments/],
    ];
    for (const [args, pattern] of cases) {
      const { code, stderr } = meshd(...args);
      assert.equal(code, 2, `${args.join(" ")}: ${stderr}`);
      assert.match(stderr, /^meshd: [^\n]*\n$/);
      assert.match(stderr, pattern);
    }
  });

  it("says with exit code 3 that no daemon runs", () => {
    const socket = join(directory, "none.sock");
    for (const verb of [["status"], ["ip"], ["down"], ["logout"], ["ping", "x"], ["whois", "100.64.0.1"]]) {
      const { code, stderr } = meshd(...verb, "--socket", socket);
      assert.equal(code, 3, stderr);
      assert.match(stderr, /the daemon is not running .*meshd up/);
    }
  });

  it("prints completion for three shells that mentions nested commands", () => {
    for (const shell of ["bash", "zsh", "fish"]) {
      const { code, stdout } = meshd("completion", shell);
      assert.equal(code, 0);
      for (const word of ["until-direct", "create", "uninstall"]) assert.ok(stdout.includes(word), `${shell} ${word}`);
    }
    const { stdout } = meshd("completion", "bash");
    const script = `${stdout}\nCOMP_WORDS=(meshd ping --un); COMP_CWORD=2; _meshd; echo "\${COMPREPLY[*]}"`;
    assert.equal(spawnSync("bash", ["-c", script], { encoding: "utf8" }).stdout.trim(), "--until-direct");
  });

  it("loads neither cryptography nor protocol for status, ip and ping", () => {
    const probe = `
      import { registerHooks } from "node:module";
      registerHooks({ load: (url, context, next) => (process.stderr.write("LOADED " + url + "\\n"), next(url, context)) });
      process.argv = [process.execPath, ${JSON.stringify(MAIN)}, "status", "--socket", "/nowhere"];
      await import(${JSON.stringify(MAIN)});`;
    const { stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", probe], { encoding: "utf8" });
    assert.match(stderr, /LOADED .*cli\/status\.ts/);
    assert.doesNotMatch(
      stderr,
      /libsodium|protobufjs|webtransport|pino|kysely|smol-toml|src\/(daemon|coordinator|identity)\//,
    );
  });
});

describe("failures", () => {
  it("are one line, with the stack only for debugging", () => {
    const error = new MeshdError("x", 5, "first\n  second");
    assert.deepEqual(describeFailure(error, false), { exitCode: 5, text: "meshd: first second" });
    assert.match(describeFailure(error, true).text, /\n {4}at /);
    assert.equal(describeFailure("odd", false).exitCode, 1);
    const full = Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
    assert.match(describeFailure(full, false).text, /the disk is full/);
  });
});
