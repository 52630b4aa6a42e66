/**
 * The one error family that reaches people. `message` is one line: what failed, why, and what to do. `code` is a stable
 * kebab-case word for scripts and tests; `exitCode` is what the command line exits with.
 */
export class MeshdError extends Error {
  readonly code: string;
  readonly exitCode: ExitCode;

  constructor(code: string, exitCode: ExitCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "MeshdError";
    this.code = code;
    this.exitCode = exitCode;
  }
}

/** 1 failed, 2 wrong usage, 3 the daemon is not running, 4 not permitted, 5 timed out. */
export type ExitCode = 1 | 2 | 3 | 4 | 5;

/** Bytes from outside that are not what the protocol says. The reason names a field, never its content. */
export class ProtocolViolation extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = "ProtocolViolation";
  }
}
