// Inputs that once broke something: a folder for each target, run by the unit tests (test/unit/fuzz) and `cargo test`.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const repository = fileURLToPath(new URL("../../", import.meta.url));

export type Language = "typescript" | "native";

const FOLDERS: Readonly<Record<Language, string>> = {
  typescript: join(repository, "test/fuzz/regressions"),
  native: join(repository, "native/fuzz/regressions"),
};

export interface Regression {
  readonly file: string;
  readonly input: Uint8Array;
}

export function regressionsOf(language: Language, target: string): readonly Regression[] {
  const folder = join(FOLDERS[language], target);
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder).toSorted();
  return files.map((name) => ({ file: join(folder, name), input: new Uint8Array(readFileSync(join(folder, name))) }));
}

/** Folders that there are. */
export function regressionFolders(language: Language): readonly string[] {
  return existsSync(FOLDERS[language]) ? readdirSync(FOLDERS[language]) : [];
}

/** The path of the file, from the repository's root. */
export function keepRegression(language: Language, target: string, input: Uint8Array): string {
  const folder = join(FOLDERS[language], target);
  mkdirSync(folder, { recursive: true });
  const file = join(folder, createHash("sha256").update(input).digest("hex").slice(0, 16));
  writeFileSync(file, input);
  return relative(repository, file);
}
