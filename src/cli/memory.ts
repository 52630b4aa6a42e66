// Memory of a process that stays for months: what only its start needed, and what a busy hour left, go back to the system.
import { releaseStartupPages } from "../engine/index.ts";

/** The role has begun its work by then, and what it needs for that is mapped again at once; once more when the mesh is known, too. */
const SETTLED_AFTER_MS = [5_000, 60_000] as const;
/** V8 looks for garbage when it is asked for memory, which an idle daemon hardly does: it would keep for days what it had at its busiest. */
const COLLECT_EVERY_MS = 5 * 60_000;

export function keepMemorySmall(): void {
  for (const afterMs of SETTLED_AFTER_MS) setTimeout(release, afterMs).unref();
  setInterval(collect, COLLECT_EVERY_MS).unref();
}

/** Some 40 MB. */
function release(): void {
  try {
    releaseStartupPages();
  } catch {
    // Without /proc the pages stay; nothing else depends on it.
  }
}

/** Some 30 ms; packets are moved by the engine's thread meanwhile. Nothing without --expose-gc (host/node-args.ts). */
function collect(): void {
  globalThis.gc?.({ type: "major", execution: "sync", flavor: "last-resort" });
}
