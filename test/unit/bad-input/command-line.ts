// The command line under test: every command with its options, in this process (what a command would do is left out) or as a process.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Command, Option } from "commander";
import { configurationKeys } from "../../../src/cli/options.ts";
import { failureOf } from "../../../src/cli/program.ts";
import { buildProgram } from "../../../src/cli/program.ts";
import { VERBS } from "../../../src/cli/verbs.ts";

export interface Leaf {
  /** ["admin", "key", "create"] */
  readonly words: readonly string[];
  readonly options: readonly Option[];
  /** Names of the arguments that it insists on, and of those that it may have. */
  readonly required: readonly string[];
  readonly optional: readonly string[];
  /** Of its configuration file; none where it has no such file. */
  readonly keys: readonly Option[];
}

export interface Outcome {
  readonly exitCode: number;
  readonly stderr: string;
}

/** What has a value or not, and never comes from elsewhere than the command line. */
export const isSwitch = (option: Option): boolean => !option.required && !option.optional;

export async function allLeaves(): Promise<readonly Leaf[]> {
  const leaves: Leaf[] = [];
  for (const { name } of VERBS) {
    const program = await buildProgram([name]);
    const verb = program.commands.find((command) => command.name() === name);
    if (verb !== undefined) collect(verb, [name], leaves);
  }
  return leaves;
}

function collect(command: Command, words: readonly string[], into: Leaf[]): void {
  for (const child of command.commands) collect(child, [...words, child.name()], into);
  if (command.commands.length > 0) return;
  into.push({
    words,
    options: command.options,
    required: command.registeredArguments.filter(({ required }) => required).map((argument) => argument.name()),
    optional: command.registeredArguments.filter(({ required }) => !required).map((argument) => argument.name()),
    keys: command.options.some((option) => option.name() === "config") ? configurationKeys(command) : [],
  });
}

/** Everything up to the command's own action. Exit code 0: the action would have run. */
export async function parseOnly(argv: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Outcome> {
  const before = new Map(Object.keys(env).map((name) => [name, process.env[name]]));
  try {
    Object.assign(process.env, env);
    const program = await buildProgram(argv);
    disarm(program);
    await program.parseAsync([...argv], { from: "user" });
    return { exitCode: 0, stderr: "" };
  } catch (error) {
    const { exitCode, text } = failureOf(error, argv);
    return { exitCode, stderr: `${text}\n` };
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
  }
}

function disarm(command: Command): void {
  for (const child of command.commands) disarm(child);
  if (command.commands.length === 0) command.action(() => undefined);
}

export const repository = fileURLToPath(new URL("../../../", import.meta.url));
const MAIN = join(repository, "src/main.ts");

/** The whole program. */
export async function run(argv: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Outcome> {
  const flags = ["--disable-warning=ExperimentalWarning", MAIN, ...argv];
  const child = spawn(process.execPath, flags, { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  child.stdout.resume();
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const exitCode = await new Promise<number>((resolve) => child.once("close", (code) => resolve(code ?? -1)));
  return { exitCode, stderr };
}
