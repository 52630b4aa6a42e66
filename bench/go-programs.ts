// What others wrote in Go, and what we write against their packages, built from the Go module proxy into build/bench/bin.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { repository, runCommand } from "../scripts/command.ts";
import { say, seconds } from "../scripts/console.ts";

/** Somebody's command, as published, or a folder of ours. */
export type GoSource = { readonly module: string; readonly version: string } | { readonly folder: string };

/** Path of the executable `file`; undefined, with a word to the user, where it cannot be had here. */
export async function buildGoProgram(name: string, file: string, source: GoSource): Promise<string | undefined> {
  const bin = join(repository, "build/bench/bin");
  const program = join(bin, file);
  const isOurs = "folder" in source;
  // Published versions never change; ours may, and Go knows by itself.
  if (!isOurs && existsSync(program)) return program;
  const started = performance.now();
  if (!isOurs) say(`Building ${name} from its Go module ...`);
  const result = isOurs
    ? await runCommand("go", ["build", "-o", program, "."], { cwd: source.folder })
    : await runCommand("go", ["install", `${source.module}@${source.version}`], { env: { GOBIN: bin } });
  if (result.code !== 0) {
    say(`  ${name} could not be built, so it is left out: ${result.output.split("\n").at(-1) ?? ""}`);
    return undefined;
  }
  if (!isOurs) say(`  built in ${seconds(started)}`);
  return program;
}
