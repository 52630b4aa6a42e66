import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";

/** Names a state directory, also across restarts; hexadecimal. */
export async function stateIdOf(stateDir: string): Promise<string> {
  const { dev, ino } = await stat(stateDir);
  return createHash("sha256").update(`${dev}:${ino}`).digest("hex").slice(0, 12);
}
