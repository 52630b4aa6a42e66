// Runs a TypeScript script of this repository on a machine where nothing is installed yet:
//   node scripts/bootstrap.mjs SCRIPT.ts [arguments]
// Plain JavaScript for the host's own Node (18 or newer). It checks the tools, installs the npm packages of the lockfile
// (one of them brings Node 24), and hands over to that Node.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { constants, homedir } from "node:os";
import { delimiter, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const projectNode = join(root, "node_modules/node/bin/node");

/** @param {string} message */
function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

function checkTools() {
  if (Number(process.versions.node.split(".")[0]) < 18) {
    fail(`meshd: Node ${process.versions.node} is too old to set this up; install Node 20 or newer`);
  }
  process.env.PATH = [process.env.PATH, join(homedir(), ".cargo/bin")].join(delimiter);
  for (const [tool, hint] of [
    ["npm", "install npm (it comes with Node)"],
    ["cargo", "install Rust 1.88 or newer (rustup.rs)"],
    ["cc", "install a C compiler (Debian: apt-get install build-essential)"],
  ]) {
    const found = spawnSync(tool, ["--version"], { stdio: "ignore" });
    if (found.error !== undefined) fail(`meshd: ${tool} was not found; ${hint}`);
  }
}

/** True when node_modules holds exactly the versions of the lockfile (packages for other platforms aside). */
function packagesAreCurrent() {
  const installed = join(root, "node_modules/.package-lock.json");
  if (!existsSync(installed) || !existsSync(projectNode)) return false;
  const want = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages;
  const have = JSON.parse(readFileSync(installed, "utf8")).packages;
  return Object.entries(want).every(
    ([path, entry]) => path === "" || entry.optional === true || have[path]?.version === entry.version,
  );
}

function installPackages() {
  const started = Date.now();
  process.stdout.write("Installing the npm packages of the lockfile (about half a minute) ...\n");
  const npm = spawnSync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
  });
  if (npm.status !== 0) fail("meshd: npm ci failed; see its message above");
  process.stdout.write(`  installed in ${((Date.now() - started) / 1000).toFixed(0)} s\n`);
}

checkTools();
if (!packagesAreCurrent()) installPackages();

process.env.PATH = [join(root, "node_modules/node/bin"), process.env.PATH].join(delimiter);
const child = spawn(projectNode, process.argv.slice(2), { stdio: "inherit", cwd: root });
// Ctrl-C reaches the whole process group; this process only waits for the script to clean up.
process.on("SIGINT", () => {});
for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
child.on("exit", (code, signal) => {
  process.exit(signal === null ? (code ?? 1) : 128 + (constants.signals[signal] ?? 0));
});
