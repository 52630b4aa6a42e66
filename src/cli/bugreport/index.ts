// meshd bugreport: everything that whoever helps asks for, in one text file that its user can read before sending it. What a role that does
// not run cannot say is missing, and said to be.
import { closeSync, openSync, rmSync, writeSync } from "node:fs";
import { hostname, userInfo } from "node:os";
import { resolve } from "node:path";
import { type Command, Option } from "commander";
import { defaultStateDirectory, findSocketPath } from "../../host/directories.ts";
import { createLocalApiClient } from "../../local-api/client.ts";
import { MeshdError } from "../../protocol/errors.ts";
import { programVersion } from "../../version.ts";
import { examples, socketOption, stateDirectoryOption } from "../options.ts";
import { print } from "../print.ts";
import { createProgress } from "../progress.ts";
import { configurationOf } from "./configuration.ts";
import { networkParts, stateFiles, systemFacts } from "./host-facts.ts";
import { learnNames } from "./names.ts";
import { Redactor } from "./redact.ts";
import { missingOf, renderReport } from "./render.ts";
import { type ReportedRole, roleParts } from "./role-parts.ts";
import { isMissing, type Part, part } from "./section.ts";
import { writtenLog } from "./written-log.ts";

interface Flags {
  readonly out?: string;
  readonly full?: boolean;
  readonly role: ReportedRole;
  readonly socket?: string;
  readonly stateDir?: string;
}

const ROLES: readonly ReportedRole[] = ["node", "coordinator", "relay"];

export function configure(command: Command): void {
  command
    .option("--out <file>", "a new file, - for standard output (default: meshd-bugreport-TIME.txt here)")
    .option("--full", "keep names, public addresses and public keys; secrets are left out all the same")
    .addOption(new Option("--role <role>", "whose report").choices(ROLES).default("node"))
    .addOption(socketOption("role"))
    .addOption(stateDirectoryOption("role"));
  examples(command, "sudo meshd bugreport", "meshd bugreport --role coordinator --out -");
  command.action(run);
}

async function run(flags: Flags): Promise<void> {
  const made = new Date();
  if (flags.out === "-") {
    process.stdout.write((await makeReport(flags, made)).text);
    return;
  }
  const stamp = made.toISOString().replaceAll(/[-:]|\..*/g, "");
  const path = resolve(flags.out ?? `meshd-bugreport-${stamp}.txt`);
  const file = createFile(path);
  try {
    const { text, parts } = await makeReport(flags, made);
    writeSync(file, text);
    tell(path, text, parts, flags.full === true);
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
}

interface Report {
  readonly text: string;
  readonly parts: readonly Part[];
}

async function makeReport(flags: Flags, made: Date): Promise<Report> {
  const progress = createProgress();
  const parts = await collect(flags, (text) => progress.step(`collecting: ${text}`));
  progress.clear();
  const full = flags.full === true;
  const redactor = new Redactor({ full });
  learnNames(redactor, parts, flags.role === "relay");
  redactor.learn("host", hostname());
  const { username } = userInfo();
  if (username !== "root") redactor.learn("user", username);
  const head = { version: programVersion(), role: flags.role, made: made.toISOString(), full };
  return { text: renderReport(head, parts, redactor), parts };
}

async function collect(flags: Flags, onStep: (text: string) => void): Promise<readonly Part[]> {
  const { role, socket, stateDir } = flags;
  const directory = stateDir ?? defaultStateDirectory(role);
  const client = createLocalApiClient(socket ?? findSocketPath(role), role === "node" ? "daemon" : role);
  onStep("system");
  const system = await part("system", systemFacts);
  const told = await roleParts(role, client, onStep);
  // What it wrote before it ended says why.
  const log = told.some((each) => each.title === "log" && isMissing(each)) ? [await writtenLog(role, directory)] : [];
  return [
    system,
    ...told,
    ...log,
    await part("configuration", () => configurationOf(`/etc/meshd/${role}.toml`)),
    await part("state files", () => stateFiles(directory)),
    ...(await networkParts()),
  ];
}

const WRONG_PATHS: Readonly<Record<string, string>> = {
  EEXIST: "it is there already",
  ENOENT: "there is no such directory",
  ENOTDIR: "there is no such directory",
};

/** Before anything is collected. Never over what is there: as root, and in a directory of others, that could be anybody's file. */
function createFile(path: string): number {
  try {
    return openSync(path, "wx", 0o600);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    const exitCode = code in WRONG_PATHS ? 2 : code === "EACCES" || code === "EPERM" ? 4 : 1;
    const message = `cannot write ${path} (${WRONG_PATHS[code] ?? code}); choose another file with --out`;
    throw new MeshdError("bugreport-file", exitCode, message, { cause: error });
  }
}

function tell(path: string, text: string, parts: readonly Part[], full: boolean): void {
  const missing = missingOf(parts);
  const held = parts.filter((each) => !isMissing(each)).map(({ title }) => title);
  print(`Wrote ${path} (${String(Math.ceil(Buffer.byteLength(text) / 1024))} KiB).`);
  print(`In it: ${held.join(", ")}.`);
  for (const { title, reason } of missing) print(`Not in it: ${title}: ${reason}`);
  print(
    full
      ? "It holds no private keys, auth keys or tickets, but names and addresses of your mesh (--full)."
      : "It holds no private keys, auth keys or tickets; names and public addresses are replaced (--full keeps them).",
  );
  print("Read it before you send it.");
}
