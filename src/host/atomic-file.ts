// Files of the state directory: either the old or the new content, whatever happens while they are written; and read in bounded time and
// memory, whatever lies in their place.
import { constants, lstatSync, unlinkSync, writeFileSync } from "node:fs";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { MeshdError } from "../protocol/errors.ts";

/** Written beside the file, made durable, then put in its place; the directory is synced so that the rename is durable, too. */
export async function writeAtomic(path: string, content: string | Uint8Array): Promise<void> {
  const temporary = `${path}.new`;
  try {
    const file = await open(temporary, "w", 0o600);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
  const directory = await open(dirname(path), "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** More than any file of ours: the netmap of ten thousand nodes has some 5 MB. */
const MAX_FILE_BYTES = 64 << 20;

/**
 * Undefined where there is no such file. Errors: `MeshdError` "corrupt-state" for what is no file, or larger than any of ours; those of
 * the system.
 */
export async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  const file = await openIfThere(path);
  if (file === undefined) return undefined;
  try {
    const stats = await file.stat();
    if (!stats.isFile()) throw noFile(path, stats.isDirectory() ? "it is a directory" : "it is no file");
    if (stats.size > MAX_FILE_BYTES) throw noFile(path, `it is larger than ${String(MAX_FILE_BYTES >> 20)} MiB`);
    return await file.readFile();
  } finally {
    await file.close();
  }
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    // Opening a pipe waits for its writer, without this for ever.
    return await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT") return undefined;
    if (code === "ELOOP") throw noFile(path, "its symbolic links lead in a circle");
    throw error;
  }
}

function noFile(path: string, problem: string): MeshdError {
  const advice = "move it away, or restore the file from a backup";
  return new MeshdError("corrupt-state", 1, `${path} cannot be used (${problem}); ${advice}`);
}

/** A disk, or a user's part of it, that takes nothing at present. */
const TAKES_NOTHING: ReadonlySet<unknown> = new Set(["ENOSPC", "EDQUOT", "EROFS"]);

/**
 * Writes a file that is of no use after this process, and that it can do without: a disk that takes nothing is no reason to end. What lies
 * there before, a pipe or a link, is removed and not written to.
 */
export function writeFresh(path: string, content: string): void {
  ifTheDiskTakesIt(() => {
    removeIfThere(path);
    writeFileSync(path, content, { mode: 0o600, flag: "wx" });
  });
}

/** Such a file, or whatever lies in its place but a directory. */
export function removeFresh(path: string): void {
  ifTheDiskTakesIt(() => removeIfThere(path));
}

/** rmSync() says nothing of a read-only disk in its error's code. */
function removeIfThere(path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) unlinkSync(path);
}

function ifTheDiskTakesIt(change: () => void): void {
  try {
    change();
  } catch (error) {
    if (!TAKES_NOTHING.has(error instanceof Error && "code" in error ? error.code : undefined)) throw error;
  }
}
