import { releaseStartupPages } from "../engine/index.ts";

/** The role has begun its work by then, and what it needs for that is mapped again at once. */
const SETTLED_AFTER_MS = 5_000;

/** Of a process that stays for months, what only its start needed should not stay resident: some 40 MB. */
export function releaseStartupPagesOnceSettled(): void {
  setTimeout(() => {
    try {
      releaseStartupPages();
    } catch {
      // Without /proc the pages stay; nothing else depends on it.
    }
  }, SETTLED_AFTER_MS).unref();
}
