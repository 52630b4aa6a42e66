// Small files that a role cannot do without and that nobody else has: each is written twice, one after the other, so that whatever damages
// one of them (a disk that fails, a hand that slips) leaves the other. A file that is not there was removed on purpose: its copy is not asked.
import { rm } from "node:fs/promises";
import { MeshdError } from "../protocol/errors.ts";
import { readIfThere, writeAtomic } from "./atomic-file.ts";
import { type Fields, setAside, writeFields } from "./fields.ts";

function copyOf(path: string): string {
  return `${path}.copy`;
}

/**
 * Undefined where there is no such file. Where it is damaged, its copy takes its place and `onProblem` hears of it; where there is no good
 * copy, what `interpret` threw is thrown. `interpret` throws MeshdError "corrupt-state" for what is damaged.
 */
export async function readTwice<Value>(
  path: string,
  interpret: (content: Uint8Array) => Value,
  onProblem: (words: string) => void,
): Promise<Value | undefined> {
  try {
    const content = await readIfThere(path);
    if (content === undefined) return undefined;
    const value = interpret(content);
    await refreshCopy(path, content);
    return value;
  } catch (error) {
    if (!isDamage(error)) throw error;
    const copy = await readIfThere(copyOf(path)).catch(() => undefined);
    if (copy === undefined) throw error;
    const value = interpretedOr(error, () => interpret(copy));
    onProblem(`the file ${path} is damaged; ${await setAside(path)}, and its copy took its place`);
    // On a disk that takes nothing now, the next change writes it.
    await writeAtomic(path, copy).catch(() => undefined);
    return value;
  }
}

/** As `writeFields`, and the same once more. */
export async function writeTwice(path: string, fields: Fields, identity?: string): Promise<void> {
  await writeFields(path, fields, identity);
  const content = await readIfThere(path);
  if (content !== undefined) await writeAtomic(copyOf(path), content);
}

export async function removeTwice(path: string): Promise<void> {
  for (const file of [path, copyOf(path)]) await rm(file, { force: true });
}

/** Made by a meshd that knew of none, or not written any more when the power went. */
async function refreshCopy(path: string, content: Uint8Array): Promise<void> {
  const copy = await readIfThere(copyOf(path)).catch(() => undefined);
  if (copy !== undefined && Buffer.from(copy).equals(content)) return;
  await writeAtomic(copyOf(path), content).catch(() => undefined);
}

function interpretedOr<Value>(error: unknown, interpret: () => Value): Value {
  try {
    return interpret();
  } catch {
    throw error;
  }
}

function isDamage(error: unknown): boolean {
  return error instanceof MeshdError && error.code === "corrupt-state";
}
