// Who may read and write what a role keeps: its owner alone. Checked at every start, for a backup that was put back, or a careless chmod.
import { chmodSync, lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { MeshdError } from "../protocol/errors.ts";

const OTHERS = 0o077;

/**
 * Takes from others what they may do with `directory` and all below it, and returns what it had to change, in words. Errors: `MeshdError`
 * "state-owner" for what belongs to somebody else, who could put their own keys there: nothing is changed then.
 */
export function closeStateToOthers(directory: string, uid: number = process.getuid?.() ?? 0): readonly string[] {
  const entries = [...walk(directory)];
  const foreign = entries.find((entry) => entry.uid !== uid);
  if (foreign !== undefined) {
    const owner = `${foreign.path} belongs to user ${String(foreign.uid)}, not to ${String(uid)}, who runs this`;
    throw new MeshdError("state-owner", 1, `${owner}; \`chown -R ${String(uid)} ${directory}\` if it is yours`);
  }
  return entries
    .filter(({ mode }) => (mode & OTHERS) !== 0)
    .map(({ path, mode }) => {
      chmodSync(path, mode & ~OTHERS);
      return `${path} was open to others (mode ${octal(mode)}); it is ${octal(mode & ~OTHERS)} now`;
    });
}

interface Entry {
  readonly path: string;
  readonly uid: number;
  readonly mode: number;
}

/** A symbolic link is not followed: where it leads is not ours to change. A socket is meant for others, where they can reach it. */
function* walk(path: string): Generator<Entry> {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined || !(stat.isFile() || stat.isDirectory())) return;
  yield { path, uid: stat.uid, mode: stat.mode & 0o7777 };
  if (!stat.isDirectory()) return;
  for (const name of readdirSync(path)) yield* walk(join(path, name));
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, "0");
}
