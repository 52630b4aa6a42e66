// Plants a bug into the product's source as it is loaded; the product itself knows nothing of it. A place that is not found any more is
// an error, so that no mutant silently stops biting.
import { readdirSync, readFileSync, realpathSync } from "node:fs";
import { registerHooks } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Mutant } from "./mutants.ts";

const SOURCE = fileURLToPath(new URL("../../src/", import.meta.url));

export function plant(mutant: Mutant): void {
  const { path, source } = findPlace(mutant);
  const { from, to } = mutant;
  const url = pathToFileURL(path).href;
  const mutated = source.replace(from, () => to);
  registerHooks({
    load: (loaded, context, next) =>
      loaded === url ? { format: "module-typescript", source: mutated, shortCircuit: true } : next(loaded, context),
  });
}

/** Exactly one, in whatever file of the folder it is now. */
export function findPlace({ name, within, from }: Mutant): { readonly path: string; readonly source: string } {
  const folder = realpathSync(`${SOURCE}${within}`);
  const places = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => ({ path: `${folder}/${file}`, source: readFileSync(`${folder}/${file}`, "utf8") }))
    .filter(({ source }) => source.includes(from));
  const [place, second] = places;
  if (place === undefined) throw new Error(`mutant ${name}: its place is not in src/${within} any more`);
  if (second !== undefined || place.source.split(from).length !== 2) {
    throw new Error(`mutant ${name}: its place is in src/${within} more than once`);
  }
  return place;
}
