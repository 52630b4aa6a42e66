// The end of a file of lines that may be large, such as a log.
import { fstatSync, readSync } from "node:fs";

/** At most `maxBytes` of it, in whole lines. `fd` is open for reading. Throws the system's errors. */
export function readLastLines(fd: number, maxBytes: number): Uint8Array {
  const { size } = fstatSync(fd);
  const buffer = Buffer.alloc(Math.min(size, maxBytes));
  const end = buffer.subarray(0, readSync(fd, buffer, 0, buffer.length, size - buffer.length));
  return size > maxBytes ? end.subarray(end.indexOf("\n") + 1) : end;
}
