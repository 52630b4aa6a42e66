// What happens to an error that nobody expected. A promise that nobody waited for leaves the rest as it was: a role says so and goes on,
// its engine moves the packets anyway. A callback that broke off in the middle may have left anything behind: the process ends, and whoever
// supervises it starts a new one.
import type { Logger } from "pino";

/** For every process, from its first moment: one line, and exit code 1. */
export function endOnUnexpectedError(describe: (error: unknown) => string): void {
  process.on("uncaughtException", (error: unknown) => {
    process.stderr.write(`${describe(error)}\n`);
    process.exit(1);
  });
}

/** For a process that serves others. */
export function surviveLostRejections(log: Logger): void {
  process.on("unhandledRejection", (error: unknown) => logUnexpected(log, "a task of the program failed", error));
}

/** One line; where it comes from only for those who look for it. */
export function logUnexpected(log: Logger, what: string, error: unknown): void {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  log.error(`${what}: ${message.replaceAll(/\s*\n\s*/g, " ")}`);
  log.debug({ stack }, what);
}
