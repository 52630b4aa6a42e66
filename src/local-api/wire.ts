// How an error crosses the local API: `{ "error": { code, exitCode, message } }`, as a response's body or as a stream's last line.
import { type ExitCode, MeshdError } from "../protocol/errors.ts";

export interface ErrorBody {
  readonly error: { readonly code: string; readonly exitCode: ExitCode; readonly message: string };
}

export function toErrorBody(error: unknown): ErrorBody {
  if (error instanceof MeshdError) {
    return { error: { code: error.code, exitCode: error.exitCode, message: error.message } };
  }
  const message = error instanceof Error ? error.message : String(error);
  // A system error keeps its code ("ENOSPC"): the command line knows what to advise.
  const code = error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "internal";
  return { error: { code, exitCode: 1, message } };
}

/** The error in a response's body, if there is one. */
export function fromErrorBody(body: unknown): MeshdError | undefined {
  if (typeof body !== "object" || body === null || !("error" in body)) return undefined;
  const { error } = body;
  if (typeof error !== "object" || error === null) return undefined;
  const code = "code" in error && typeof error.code === "string" ? error.code : "internal";
  const message = "message" in error && typeof error.message === "string" ? error.message : "unknown error";
  return new MeshdError(code, "exitCode" in error ? toExitCode(error.exitCode) : 1, message);
}

function toExitCode(value: unknown): ExitCode {
  return value === 2 || value === 3 || value === 4 || value === 5 ? value : 1;
}
