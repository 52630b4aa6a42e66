// Loads native/meshd.node, which `npm run build` puts there. The path is the same from src/ and from dist/.
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import type * as Addon from "../../native/index.d.ts";
import { MeshdError } from "../protocol/errors.ts";

const ADDON_PATH = fileURLToPath(new URL("../../native/meshd.node", import.meta.url));

let loaded: typeof Addon | undefined;

export function loadAddon(): typeof Addon {
  if (loaded !== undefined) return loaded;
  try {
    loaded = createRequire(import.meta.url)(ADDON_PATH) as typeof Addon;
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
    throw new MeshdError("engine-missing", 1, `cannot load the engine (${reason}); run \`npm run build\``);
  }
  return loaded;
}
