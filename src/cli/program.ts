// The command line as a whole: finds the verb, gives commander its options, and turns whatever goes wrong into one line and an exit code.
import { Command, CommanderError, type Option } from "commander";
import { describeFailure, type Failure, oneLine, usageError, wantsDebug } from "./errors.ts";
import { logLevelOption, parseText, readEnvironment } from "./options.ts";
import { unknown } from "../local-api/nearest.ts";
import { describeUnknownVariables, unknownVariables } from "./unknown-variables.ts";
import { type Verb, VERBS } from "./verbs.ts";

/** Runs one command to its end. Returns the exit code (a verb may set `process.exitCode` where a result is not an error). */
export async function runCommand(argv: readonly string[]): Promise<number> {
  ignoreClosedOutput();
  try {
    const words = wordsOf(argv);
    const program = await buildProgram(words);
    if (words.length === 0) {
      process.stderr.write(program.helpInformation());
      return 2;
    }
    await program.parseAsync(words, { from: "user" });
    return Number(process.exitCode ?? 0);
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    const failure = failureOf(error, argv);
    process.stderr.write(`${failure.text}\n`);
    return failure.exitCode;
  }
}

/** What to say of an error of commander's or of a verb. */
export function failureOf(error: unknown, argv: readonly string[]): Failure {
  const cause = error instanceof CommanderError ? usageError(commanderMessage(error)) : error;
  return describeFailure(cause, wantsDebug(argv));
}

/** `meshd help VERB` is `meshd VERB --help`; `meshd --version` is `meshd version`. */
function wordsOf([first, ...rest]: readonly string[]): readonly string[] {
  if (first === undefined) return [];
  if (first === "help") return [...rest, "--help"];
  return [first === "--version" || first === "-V" ? "version" : first, ...rest];
}

/** The program, with the verb configured that `words` names. */
export async function buildProgram(words: readonly string[]): Promise<Command> {
  const program = emptyProgram();
  const name = words.find((word) => !word.startsWith("-"));
  const verb = VERBS.find((candidate) => candidate.name === name);
  for (const { name: verbName, summary, hidden = false } of VERBS) {
    program.command(verbName, { hidden }).description(summary);
  }
  if (name !== undefined && verb === undefined) {
    throw usageError(
      unknown(
        "command",
        name,
        VERBS.filter((known) => known.hidden !== true).map((known) => known.name),
      ),
    );
  }
  // A completion script is made from all of them.
  const needed = verb?.name === "completion" ? VERBS : VERBS.filter((candidate) => candidate === verb);
  for (const each of needed) await configureVerb(program, each);
  return program;
}

function emptyProgram(): Command {
  return (
    new Command("meshd")
      .description("A QUIC mesh VPN: every machine of a team reaches every other by its overlay IP, from anywhere.")
      .usage("COMMAND [options]")
      .helpCommand(false)
      .exitOverride()
      // Whatever goes wrong becomes one line of ours: no usage text on stderr.
      .configureOutput({ outputError: () => undefined, writeErr: () => undefined })
      .addHelpText(
        "after",
        "\nExamples:\n  meshd up --authkey mesh-...\n  meshd status\n  meshd COMMAND --help    options and examples of one command",
      )
  );
}

async function configureVerb(program: Command, verb: Verb): Promise<void> {
  const command = program.commands.find((candidate) => candidate.name() === verb.name);
  if (command === undefined) return;
  const { configure } = await verb.load();
  configure(command);
  finish(command);
}

/** What every leaf gets: --log-level (where it has none of its own), a check of texts, and the environment. */
function finish(command: Command): void {
  for (const child of command.commands) finish(child);
  if (command.commands.length > 0) return;
  if (!command.options.some((option) => option.long === "--log-level")) {
    command.addOption(logLevelOption().hideHelp());
  }
  for (const option of command.options) {
    if (option.required && option.parseArg === undefined) option.argParser(parseText);
  }
  for (const argument of command.registeredArguments) {
    if (argument.parseArg === undefined) argument.argParser(parseText);
  }
  readEnvironment(command);
  // After the configuration was read: that may name the variable that holds the key.
  command.hook("preAction", () => warnOfUnknownVariables(command));
}

/** Verbs that are not used are loaded only where a variable is none of this command's. */
async function warnOfUnknownVariables(command: Command): Promise<void> {
  const names = Object.keys(process.env).filter((name) => `env:${name}` !== command.getOptionValue("authkey"));
  if (unknownVariables(names, variablesOf([...command.options])).length === 0) return;
  const options = allOptions(await buildProgram(["completion"]));
  const known = variablesOf(options);
  const unknown = unknownVariables(names, known);
  if (unknown.length === 0) return;
  const flags = options.flatMap((option) => (option.envVar === undefined && option.long ? [option.name()] : []));
  process.stderr.write(`meshd: ${oneLine(describeUnknownVariables(unknown, known, flags))}\n`);
  // Said once: neither this process, begun anew (host/least-authority.ts), nor one that it starts finds them again.
  for (const name of unknown) Reflect.deleteProperty(process.env, name);
}

function allOptions(command: Command): readonly Option[] {
  return [...command.options, ...command.commands.flatMap(allOptions)];
}

function variablesOf(options: readonly Option[]): ReadonlySet<string> {
  return new Set(options.flatMap(({ envVar }) => envVar ?? []));
}

/** "error: unknown option '--jsn'\n(Did you mean --json?)" as one line of ours. */
function commanderMessage(error: CommanderError): string {
  const [what = "", hint] = error.message.replace(/^error: /, "").split("\n");
  const suggestion = /Did you mean (.*)\?\)/.exec(hint ?? "")?.[1];
  if (error.code === "commander.help") return "a subcommand is missing; see --help";
  return suggestion === undefined ? `${what.replace(/\.$/, "")}; see --help` : `${what}; did you mean ${suggestion}?`;
}

/** `meshd status | head -1` is not an error. */
function ignoreClosedOutput(): void {
  process.stdout.on("error", (error: Error) => {
    if ("code" in error && error.code === "EPIPE") process.exit(0);
    throw error;
  });
}
