// npm run check: the gate of seconds. Every rule that needs no running program, two at a time.
import { join } from "node:path";
import { repository, runCommand } from "./command.ts";
import { paint, say, seconds } from "./console.ts";

interface Check {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd?: string;
}

const node = (script: string, ...args: readonly string[]) => ({
  program: process.execPath,
  args: [join(repository, "node_modules", script), ...args],
});
const cargo = (...args: readonly string[]) => ({ program: "cargo", args, cwd: join(repository, "native") });

const checks: readonly Check[] = [
  {
    name: "lint (clippy)",
    ...cargo("clippy", "--workspace", "--all-targets", "--locked", "--quiet", "--", "-D", "warnings"),
  },
  {
    name: "lint (eslint)",
    ...node("eslint/bin/eslint.js", ".", "--max-warnings", "0", "--cache", "--cache-location", "build/eslint"),
  },
  { name: "types", ...node("typescript/bin/tsc", "-p", "tsconfig.json", "--noEmit") },
  { name: "format", ...node("prettier/bin/prettier.cjs", "--check", "--log-level", "warn", ".") },
  { name: "format (rust)", ...cargo("fmt", "--all", "--check") },
  { name: "imports", ...node("dependency-cruiser/bin/dependency-cruise.mjs", "--output-type", "err", "src") },
  { name: "unused code", ...node("knip/bin/knip.js", "--no-progress") },
];

async function run(check: Check): Promise<boolean> {
  const started = performance.now();
  const result = await runCommand(check.program, check.args, { ...(check.cwd !== undefined && { cwd: check.cwd }) });
  const ok = result.code === 0;
  say(`${ok ? paint("green", "✓") : paint("red", "✗")} ${check.name} ${paint("dim", seconds(started))}`);
  if (!ok) say(result.output.replaceAll(/^/gm, "    "));
  return ok;
}

const queue = [...checks];
const verdicts: boolean[] = [];
async function worker(): Promise<void> {
  for (let check = queue.shift(); check !== undefined; check = queue.shift()) verdicts.push(await run(check));
}
await Promise.all([worker(), worker()]);
process.exitCode = verdicts.every(Boolean) ? 0 : 1;
