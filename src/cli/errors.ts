// How a command fails: one line on stderr, an exit code of interfaces.md, a stack trace only with --log-level debug.
import { type ExitCode, MeshdError } from "../protocol/errors.ts";

export function usageError(message: string): MeshdError {
  return new MeshdError("usage", 2, message);
}

export interface Failure {
  readonly exitCode: ExitCode;
  /** With "meshd: " in front, without a newline at the end; one line unless `debug`. */
  readonly text: string;
}

/** What to print and to exit with. `debug` adds the stack. */
export function describeFailure(error: unknown, debug: boolean): Failure {
  const exitCode = error instanceof MeshdError ? error.exitCode : 1;
  const message = oneLine(error instanceof Error ? explainSystemError(error) : String(error));
  const stack = debug && error instanceof Error && error.stack !== undefined ? `\n${error.stack}` : "";
  return { exitCode, text: `meshd: ${message}${stack}` };
}

const SYSTEM_ERRORS: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full; free some space",
  EROFS: "the file system is read-only; choose another --state-dir",
  EACCES: "not permitted; run this as root",
  EPERM: "not permitted; run this as root",
  EISDIR: "a directory lies where a file belongs; move it away",
  ERR_FS_EISDIR: "a directory lies where a file belongs; move it away",
};

/** Node's own text ("EACCES: permission denied, open '/x'") with what to do about it. */
function explainSystemError(error: Error): string {
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  const advice = SYSTEM_ERRORS[code];
  return advice === undefined ? error.message : `${error.message}: ${advice}`;
}

/** A value that is repeated in a message may be of any length. */
const MAX_MESSAGE_LENGTH = 600;

/** Without what would steer the terminal, and not longer than one reads. */
export function oneLine(text: string): string {
  const line = text
    .replace(/\s*\n\s*/g, " ")
    // eslint-disable-next-line no-control-regex -- they are what is replaced
    .replace(/[\x00-\x1f\x7f-\x9f]/g, (control) => `\\x${control.charCodeAt(0).toString(16).padStart(2, "0")}`)
    .trim();
  if (line.length <= MAX_MESSAGE_LENGTH) return line;
  return `${line.slice(0, MAX_MESSAGE_LENGTH / 3)}...${line.slice((-MAX_MESSAGE_LENGTH * 2) / 3)}`;
}

export function wantsDebug(argv: readonly string[]): boolean {
  const index = argv.indexOf("--log-level");
  return (
    argv.includes("--log-level=debug") ||
    (index >= 0 && argv[index + 1] === "debug") ||
    process.env.MESHD_LOG_LEVEL === "debug"
  );
}
