// How the admin verbs reach the coordinator: what they share.
import type { Command } from "commander";
import { findSocketPath } from "../../host/directories.ts";
import { recordedSocket } from "../../host/socket-record.ts";
import { createLocalApiClient, type LocalApiClient } from "../../local-api/client.ts";
import { MeshdError } from "../../protocol/errors.ts";
import { jsonOption, socketOption, stateDirectoryOption } from "../options.ts";

export interface AdminFlags {
  readonly socket?: string;
  readonly stateDir?: string;
  readonly json?: boolean;
}

export function addAdminOptions(command: Command): Command {
  return command
    .addOption(socketOption("coordinator"))
    .addOption(stateDirectoryOption("coordinator"))
    .addOption(jsonOption());
}

export function adminClient({ socket, stateDir }: AdminFlags): LocalApiClient {
  const inner = createLocalApiClient(socket ?? socketOf(stateDir), "coordinator");
  return {
    ...inner,
    request: async (...parameters) => {
      try {
        return await inner.request(...parameters);
      } catch (error) {
        throw withAdvice(error);
      }
    },
  };
}

function socketOf(stateDir: string | undefined): string {
  if (stateDir === undefined) return findSocketPath("coordinator");
  const path = recordedSocket(stateDir);
  if (path !== undefined) return path;
  const message = `no coordinator runs on ${stateDir} (or its directory may not be read: run this as its user)`;
  throw new MeshdError("not-running", 3, message);
}

function withAdvice(error: unknown): unknown {
  if (!(error instanceof MeshdError) || error.code !== "not-running") return error;
  const message = `${error.message}; start it with \`meshd coordinator\`, or say with --socket where it listens`;
  return new MeshdError(error.code, error.exitCode, message);
}

/** "never", or the date and time in the user's own zone, to the minute. */
export function formatTime(rfc3339: string | null): string {
  if (rfc3339 === null) return "never";
  const time = new Date(rfc3339);
  const two = (value: number): string => String(value).padStart(2, "0");
  const date = `${String(time.getFullYear())}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  return `${date} ${two(time.getHours())}:${two(time.getMinutes())}`;
}
