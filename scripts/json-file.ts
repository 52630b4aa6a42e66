// What `--json FILE` writes.
import { writeFileSync } from "node:fs";

/** Nothing where no file was asked for. */
export function saveJson(file: string | undefined, value: unknown): void {
  if (file !== undefined) writeFileSync(file, `${JSON.stringify(value, undefined, 2)}\n`);
}
