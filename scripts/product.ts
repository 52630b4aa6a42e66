// Builds what bin/meshd starts. Cheap when nothing changed, so every command that needs the product calls it first.
import { cp, copyFile, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { repository, runCommand } from "./command.ts";
import { ProgressLine, paint, say, seconds } from "./console.ts";

const native = join(repository, "native");
const dist = join(repository, "dist");
const stamp = join(dist, ".built");
const addonLibrary = join(native, "target/release/libmeshd_addon.so");
const addon = join(native, "meshd.node");

/** Says what it builds; false (with the compiler's words printed) when that failed. */
export async function buildProduct(): Promise<boolean> {
  return (await buildTypeScript()) && (await buildEngine());
}

async function buildTypeScript(): Promise<boolean> {
  const sources = ["src", "tsconfig.json", "tsconfig.build.json", "package-lock.json"].map((name) =>
    join(repository, name),
  );
  if ((await newestChange(sources)) <= (await changedAt(stamp))) return true;
  const started = performance.now();
  // Written beside and moved in place: a daemon that starts meanwhile sees the old files or the new ones, not a half.
  const fresh = join(repository, "build", "dist");
  await rm(fresh, { recursive: true, force: true });
  const compiler = join(repository, "node_modules/typescript/bin/tsc");
  const args = [compiler, "-p", "tsconfig.build.json", "--outDir", fresh];
  const result = await runCommand(process.execPath, args);
  if (result.code !== 0) return failed("TypeScript does not compile", result.output);
  await cp(join(repository, "src"), fresh, { recursive: true, filter: isCopied });
  await writeFile(join(fresh, ".built"), "");
  await rm(dist, { recursive: true, force: true });
  await rename(fresh, dist);
  say(`${paint("green", "✓")} dist/ built ${paint("dim", seconds(started))}`);
  return true;
}

/** Everything under src/ that the compiler does not emit itself: generated JavaScript. */
async function isCopied(path: string): Promise<boolean> {
  return (await stat(path)).isDirectory() || /\.(js|cjs|mjs|json)$/.test(path);
}

async function buildEngine(): Promise<boolean> {
  const started = performance.now();
  const progress = new ProgressLine();
  let compiled = 0;
  const cold = (await changedAt(addonLibrary)) === 0;
  if (cold) say("Building the engine (Rust, release; about four minutes the first time) ...");
  const result = await runCommand("cargo", ["build", "--release", "--locked", "-p", "meshd-addon"], {
    cwd: native,
    onLine: (line) => {
      const name = /^\s+Compiling (\S+)/.exec(line)?.[1];
      if (name !== undefined) progress.update(`  ${++compiled} crates, ${seconds(started)}: ${name}`);
    },
  });
  progress.clear();
  if (result.code !== 0) return failed("the engine does not compile", result.output);
  if ((await changedAt(addonLibrary)) > (await changedAt(addon))) {
    // A loaded library must not be overwritten in place.
    await copyFile(addonLibrary, `${addon}.new`);
    await rename(`${addon}.new`, addon);
    say(`${paint("green", "✓")} native/meshd.node built ${paint("dim", seconds(started))}`);
  }
  return true;
}

function failed(what: string, output: string): false {
  say(`${paint("red", "✗")} ${what}`);
  say(output);
  return false;
}

/** Unix ms of the newest change below the paths. */
async function newestChange(paths: readonly string[]): Promise<number> {
  const times = await Promise.all(
    paths.map(async (path) => {
      const entries = (await stat(path)).isDirectory() ? await readdir(path) : [];
      return Math.max(await changedAt(path), await newestChange(entries.map((entry) => join(path, entry))));
    }),
  );
  return Math.max(0, ...times);
}

/** Unix ms of the last change, 0 where there is no such file. */
async function changedAt(path: string): Promise<number> {
  try {
    return (await stat(path)).mtimeMs;
  } catch {
    return 0;
  }
}
