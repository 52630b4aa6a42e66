// The version of this program, as package.json has it: read, not built in, so that there is one place for it.
import { readFileSync } from "node:fs";

export function programVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  if (typeof manifest === "object" && manifest !== null && "version" in manifest) return String(manifest.version);
  return "unknown";
}
