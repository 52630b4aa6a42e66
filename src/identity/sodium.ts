import type libsodium from "libsodium-wrappers";

export type Sodium = typeof libsodium;

let loaded: Sodium | undefined;

/** Loads libsodium (WebAssembly, some 15 ms) once. Whoever starts a role awaits it; verbs that need no cryptography never do. */
export async function sodiumReady(): Promise<void> {
  if (loaded) return;
  const { default: library } = await import("libsodium-wrappers");
  await library.ready;
  loaded = library;
}

/** The library. Throws if `sodiumReady()` was not awaited before. */
export function sodium(): Sodium {
  if (!loaded) throw new Error("sodiumReady() must be awaited first");
  return loaded;
}
