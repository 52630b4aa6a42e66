// Builds what only the lab needs: its userspace router, and its floods. Cheap when nothing changed.
import { join } from "node:path";
import { repository, runCommand } from "./command.ts";
import { paint, say } from "./console.ts";
import { ensureDebianTools } from "./debian.ts";
import { buildProduct } from "./product.ts";

export async function buildLabTools(): Promise<boolean> {
  const args = ["build", "--release", "--locked", "-p", "meshd-lab-router", "-p", "meshd-flood"];
  const result = await runCommand("cargo", args, { cwd: join(repository, "native") });
  if (result.code !== 0) {
    say(`${paint("red", "✗")} the lab's tools do not compile`);
    say(result.output);
  }
  return result.code === 0;
}

/** Everything that real daemons in a lab need. Says what is missing. */
export async function prepareLab(): Promise<boolean> {
  if (process.getuid?.() !== 0) {
    say("The lab makes network namespaces: run it as root.");
    return false;
  }
  return (await ensureDebianTools()) && (await buildProduct()) && (await buildLabTools());
}
