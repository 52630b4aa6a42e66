// Builds what gives daemons clocks of their own.
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { repository, runCommand } from "../../scripts/command.ts";

const source = fileURLToPath(new URL("programs/clock-shim.c", import.meta.url));
const library = join(repository, "build/chaos/clock-shim.so");

/** Its path. Rejects with the compiler's words. */
export async function buildClockShim(): Promise<string> {
  mkdirSync(dirname(library), { recursive: true });
  const result = await runCommand("cc", ["-O2", "-Wall", "-Werror", "-shared", "-fPIC", "-o", library, source, "-ldl"]);
  if (result.code !== 0) throw new Error(`the clocks of chaos do not compile:\n${result.output}`);
  return library;
}
