import { releaseStartupPages } from "../engine/index.ts";

/** The role has begun its work by then, and what it needs for that is mapped again at once; once more when the mesh is known, too. */
const SETTLED_AFTER_MS = [5_000, 60_000] as const;

/** Of a process that stays for months, what only its start needed should not stay resident: some 40 MB. */
export function releaseStartupPagesOnceSettled(): void {
  for (const afterMs of SETTLED_AFTER_MS) setTimeout(release, afterMs).unref();
}

function release(): void {
  try {
    releaseStartupPages();
  } catch {
    // Without /proc the pages stay; nothing else depends on it.
  }
}
