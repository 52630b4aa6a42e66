// Every flag and argument of every command, every MESHD_ variable and every key of the configuration files, with wrong values: one line that
// names the thing, the problem and the fix, and exit code 2. A new option or argument without a row in values.ts fails here.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { Option } from "commander";
import { allLeaves, isSwitch, type Leaf, type Outcome, parseOnly, repository, run } from "./command-line.ts";
import { BAD_ARGUMENTS, BAD_VALUES, type BadValue } from "./values.ts";

const directory = mkdtempSync(join(tmpdir(), "meshd-bad-input-"));
after(() => rmSync(directory, { recursive: true }));

function refused(outcome: Outcome, what: string, ...says: readonly RegExp[]): void {
  const { exitCode, stderr } = outcome;
  assert.equal(exitCode, 2, `${what}: ${stderr}`);
  // eslint-disable-next-line no-control-regex -- nothing in a message may steer the terminal
  assert.match(stderr, /^meshd: [^\x00-\x1f]{1,700}\n$/, what);
  for (const pattern of says) assert.match(stderr, pattern, what);
}

const positional = (leaf: Leaf): readonly string[] => leaf.required.map(() => "bash");
/** What a command insists on, so that only the value under test is wrong. */
const mandatory = (leaf: Leaf, except?: Option): readonly string[] =>
  leaf.options.flatMap((option) => (option.mandatory && option !== except ? [`--${option.name()}=fine`] : []));
const rows = (option: Option): readonly BadValue[] =>
  BAD_VALUES[option.name()] ?? BAD_VALUES[option.name().replace(/^no-/, "")] ?? [];
/** What is said of the value, and of whose it is; where the file of a configuration is at fault, that is named instead. */
const saying = (option: Option, { says }: BadValue, name: string): readonly RegExp[] =>
  option.name() === "config" && /directory|file/.test(says.source) ? [says] : [says, new RegExp(name)];
const tomlText = (value: string): string => JSON.stringify(value);

describe("wrong values", () => {
  let leaves: readonly Leaf[];
  before(async () => {
    leaves = await allLeaves();
  });

  it("are known for every option", () => {
    assert.ok(leaves.length > 20);
    for (const { words, options } of leaves) {
      for (const option of options.filter((each) => !isSwitch(each))) {
        assert.ok(rows(option).length > 0, `${words.join(" ")} --${option.name()} has no row in values.ts`);
      }
    }
    const names = new Set(leaves.flatMap(({ options }) => options.map((option) => option.name())));
    for (const name of Object.keys(BAD_VALUES)) assert.ok(names.has(name), `no command has --${name} any more`);
  });

  it("of an argument are known for every one, and refused with its name", async () => {
    const seen = new Set<string>();
    for (const leaf of leaves) {
      const names = [...leaf.required, ...leaf.optional];
      for (const [index, name] of names.entries()) {
        seen.add(name);
        const wrong = BAD_ARGUMENTS[name] ?? [];
        assert.ok(wrong.length > 0, `${leaf.words.join(" ")} <${name}> has no row in values.ts`);
        for (const { value, says } of wrong) {
          const words = names.map((_, position) => (position === index ? value : "fine"));
          const call = [...leaf.words, ...words.slice(0, Math.max(index + 1, leaf.required.length))];
          refused(await parseOnly(call), `${leaf.words.join(" ")} <${name}>`, says, new RegExp(`'${name}'`));
        }
      }
    }
    assert.deepEqual([...seen].toSorted(), Object.keys(BAD_ARGUMENTS).toSorted());
  });

  it("of a flag are refused with its name", async () => {
    for (const leaf of leaves) {
      for (const option of leaf.options) {
        const name = `--${option.name()}`;
        if (option.long === undefined) continue;
        const call = (value: string) => [
          ...leaf.words,
          ...positional(leaf),
          ...mandatory(leaf, option),
          `${name}=${value}`,
        ];
        if (isSwitch(option)) {
          refused(await parseOnly(call("x")), `${leaf.words.join(" ")} ${name}=x`, new RegExp(name));
          continue;
        }
        for (const row of rows(option).filter(({ late }) => late !== true)) {
          const what = `${leaf.words.join(" ")} ${name}=${row.value.slice(0, 40)}`;
          refused(await parseOnly(call(row.value)), what, ...saying(option, row, name));
        }
      }
    }
  });

  it("of a variable are refused with its name", async () => {
    for (const leaf of leaves) {
      for (const option of leaf.options) {
        const { envVar } = option;
        if (envVar === undefined || isSwitch(option)) continue;
        for (const row of rows(option).filter(({ late }) => late !== true)) {
          const argv = [...leaf.words, ...positional(leaf), ...mandatory(leaf, option)];
          const outcome = await parseOnly(argv, { [envVar]: row.value });
          refused(outcome, `${envVar}=${row.value.slice(0, 40)}`, ...saying(option, row, envVar));
        }
      }
    }
  });

  it("of a key of the configuration are refused with file and key", async () => {
    const path = join(directory, "config.toml");
    for (const leaf of leaves.filter(({ keys }) => keys.length > 0)) {
      const configure = async (toml: string): Promise<Outcome> => {
        writeFileSync(path, toml);
        return parseOnly([...leaf.words, `--config=${path}`]);
      };
      for (const option of leaf.keys) {
        if (isSwitch(option)) continue;
        const key = option.name();
        const named = new RegExp(`config\\.toml: ${key}\\b`);
        for (const { value, says, late } of rows(option)) {
          if (late !== true)
            refused(await configure(`${key} = ${tomlText(value)}`), `${key} = ${value.slice(0, 40)}`, says, named);
        }
        for (const value of ["[1]", "{ a = 1 }", "2026-11-24", "1e99", "nan"]) {
          const text = BAD_VALUES[key]?.some(({ says }) => /duration|port|bits|whole|true/.test(says.source)) === true;
          if (text || !/^[1n]/.test(value)) refused(await configure(`${key} = ${value}`), `${key} = ${value}`, named);
        }
        if (!option.optional) refused(await configure(`${key} = true`), `${key} = true`, named);
        refused(await configure(`${key} = ${tomlText("\0")}`), `${key} = NUL`, named);
        refused(
          await configure(`${key}x = 1`),
          `${key}x`,
          /config\.toml: unknown key/,
          new RegExp(`did you mean ${key}|one of: `),
        );
      }
    }
  });
});

describe("wrong configuration files", () => {
  const broken: readonly (readonly [content: string | Uint8Array, says: RegExp])[] = [
    ["port = 1\nport = 2\n", /x\.toml:2: not valid TOML/],
    ["\n\nport = [", /x\.toml:3: not valid TOML/],
    ["port 1", /x\.toml:1: not valid TOML/],
    ['hostname = "a', /x\.toml:1: not valid TOML/],
    ["port = 99999999999999999999", /x\.toml/],
    ["[node]\nport = 1", /x\.toml: unknown key node/],
    ["hostnmae = 'x'", /unknown key hostnmae; did you mean hostname\?/],
    ['"" = 1', /x\.toml: unknown key/],
    ["json = true", /x\.toml: unknown key json/],
    [Uint8Array.of(0xff, 0xfe, 0x00, 0x41), /not text in UTF-8/],
    [Uint8Array.of(0), /x\.toml:1: not valid TOML/],
    ["#".repeat((1 << 20) + 1), /larger than 1048576 bytes/],
  ];

  it("are refused with file and line", async () => {
    const path = join(directory, "x.toml");
    for (const [content, says] of broken) {
      writeFileSync(path, content);
      refused(await parseOnly(["up", "--config", path]), JSON.stringify(content).slice(0, 60), says);
    }
  });

  it("are none in configs/, which name every key of their roles", async () => {
    const leaves = await allLeaves();
    for (const [role, ...words] of [
      ["node", "up"],
      ["node", "daemon"],
      ["coordinator", "coordinator"],
      ["relay", "relay"],
    ] as const) {
      const example = readFileSync(join(repository, `configs/${role}.toml`), "utf8");
      const path = join(directory, `${role}.toml`);
      writeFileSync(path, example.replaceAll(/^#(?=[a-z0-9-]+ = )/gm, ""));
      assert.deepEqual(await parseOnly([...words, "--config", path]), { exitCode: 0, stderr: "" });
      const named = Array.from(example.matchAll(/^#([a-z0-9-]+) = /gm), ([, key = ""]) => key);
      const leaf = leaves.find((each) => each.words.join() === words.join());
      const keys = new Set(
        (leaf?.keys ?? []).map((option) => option.name()).filter((key) => !named.includes(`no-${key}`)),
      );
      for (const key of ["port-mapping", "offered-relays"]) keys.delete(`no-${key}`);
      assert.deepEqual(named.toSorted(), [...keys].toSorted(), `configs/${role}.toml for ${words.join(" ")}`);
    }
  });

  it("may have a byte order mark, Windows' line ends, or nothing in them", async () => {
    const path = join(directory, "fine.toml");
    for (const content of ["", "\ufeffport = 1\r\nhostname = 'x'\r\n", "# nothing\r\n"]) {
      writeFileSync(path, content);
      assert.equal((await parseOnly(["up", "--config", path])).exitCode, 0);
    }
  });
});

describe("wrong usage", () => {
  it("of every command names what was wrong", async () => {
    for (const leaf of await allLeaves()) {
      const call = leaf.words.join(" ");
      refused(await parseOnly([...leaf.words, ...mandatory(leaf), "--jsnn"]), call, /unknown option.*--jsnn/);
      refused(
        await parseOnly([...leaf.words, ...Array.from({ length: 9 }, () => "bash")]),
        call,
        /too many arguments|missing|required/,
      );
      if (leaf.required.length > 0) refused(await parseOnly(leaf.words), call, /missing required argument/);
      const needsValue = leaf.options.find((option) => option.required);
      if (needsValue?.long !== undefined) {
        refused(await parseOnly([...leaf.words, needsValue.long ?? ""]), call, /argument missing/);
      }
    }
    for (const word of ["stauts", "", " ", "\x1b[2J", "ünicode", "x".repeat(100_000)]) {
      refused(await parseOnly([word]), word.slice(0, 20), /unknown command/);
    }
    refused(await parseOnly(["admin", "kye"]), "admin kye", /unknown command.*kye/);
    refused(await parseOnly(["completion", "tcsh"]), "completion", /Allowed choices are bash, zsh, fish/);
  });
});

describe("values that the verb itself refuses", () => {
  it("are refused before anything is started", async () => {
    const calls = (await allLeaves()).flatMap((leaf) =>
      leaf.options.flatMap((option) =>
        rows(option)
          .filter(({ late }) => late === true)
          .map(({ value, says }) => ({ argv: [...leaf.words, `--${option.name()}=${value}`], says })),
      ),
    );
    assert.ok(calls.length > 20);
    // Two processes at a time.
    const next = async (name: string): Promise<void> => {
      const env = { MESHD_STATE_DIR: join(directory, name), MESHD_SOCKET: join(directory, `${name}.sock`) };
      for (let call = calls.pop(); call !== undefined; call = calls.pop()) {
        refused(await run(call.argv, env), call.argv.join(" "), call.says);
      }
    };
    await Promise.all([next("a"), next("b")]);
  });
});
