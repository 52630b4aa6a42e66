// Reads a small text file that a person named on the command line: a key, a configuration. Whatever the path turns out to be (a directory,
// a pipe that nobody writes to, a disk image), the answer comes soon and in words.
import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";

const PIPE_WAIT_MS = 2_000;
const PIPE_POLL_MS = 10;

/** The text, without a byte order mark. Errors: `Error` whose message is the reason alone, for "cannot read PATH: REASON". */
export function readSmallFile(path: string, maxBytes: number): string {
  const bytes = readBytes(path, maxBytes);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw new Error("it is not text in UTF-8", { cause: error });
  }
}

function readBytes(path: string, maxBytes: number): Uint8Array {
  let descriptor: number;
  try {
    // Opening a pipe waits for its writer, without this for ever.
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw new Error(reasonOf(error), { cause: error });
  }
  try {
    if (fstatSync(descriptor).isDirectory()) throw new Error("it is a directory");
    return readUpTo(descriptor, maxBytes);
  } finally {
    closeSync(descriptor);
  }
}

function readUpTo(descriptor: number, maxBytes: number): Uint8Array {
  const buffer = Buffer.alloc(maxBytes + 1);
  const giveUpAt = performance.now() + PIPE_WAIT_MS;
  let size = 0;
  for (;;) {
    const count = readSome(descriptor, buffer, size);
    if (count === 0) return buffer.subarray(0, size);
    if (count === undefined) {
      if (performance.now() > giveUpAt) throw new Error("nothing is written to it");
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PIPE_POLL_MS);
      continue;
    }
    size += count;
    if (size > maxBytes) throw new Error(`it is larger than ${String(maxBytes)} bytes`);
  }
}

/** 0: the end; undefined: nothing yet (a pipe whose writer is slow, as in `<(command)`). */
function readSome(descriptor: number, buffer: Buffer, offset: number): number | undefined {
  try {
    return readSync(descriptor, buffer, offset, buffer.length - offset, null);
  } catch (error) {
    if (codeOf(error) === "EAGAIN") return undefined;
    throw new Error(reasonOf(error), { cause: error });
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  ENOTDIR: "a part of the path is no directory",
  EACCES: "not permitted; check its owner and mode",
  EPERM: "not permitted; check its owner and mode",
  ELOOP: "its symbolic links lead in a circle",
  ENAMETOOLONG: "the path is too long",
  ERR_INVALID_ARG_VALUE: "the path contains a zero byte",
};

function reasonOf(error: unknown): string {
  const code = codeOf(error) ?? String(error);
  return REASONS[code] === undefined ? code : `${REASONS[code]} (${code})`;
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
