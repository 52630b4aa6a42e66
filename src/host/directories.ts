// Where a role keeps its state and its socket, and how the state directory is made.
import { existsSync, mkdirSync } from "node:fs";
import { userInfo } from "node:os";
import { isAbsolute, join } from "node:path";
import { MeshdError } from "../protocol/errors.ts";
import { closeStateToOthers } from "./state-permissions.ts";

export type Role = "node" | "coordinator" | "relay";

interface Surroundings {
  readonly env: NodeJS.ProcessEnv;
  readonly uid: number;
}

function surroundings(): Surroundings {
  return { env: process.env, uid: process.getuid?.() ?? 0 };
}

/** systemd's $STATE_DIRECTORY (systemd.exec(5): the first of a colon-separated list) before root's and users' own places. */
export function defaultStateDirectory(role: Role, { env, uid }: Surroundings = surroundings()): string {
  const fromSystemd = env.STATE_DIRECTORY?.split(":")[0];
  if (fromSystemd !== undefined && fromSystemd !== "") return fromSystemd;
  if (uid === 0) return `/var/lib/meshd/${role}`;
  const home = absolute(env.HOME) ?? userInfo().homedir;
  return join(absolute(env.XDG_STATE_HOME) ?? join(home, ".local/state"), "meshd", role);
}

export function systemSocketPath(role: Role): string {
  return `/run/meshd/${role}.sock`;
}

/** sockaddr_un.sun_path, without the closing zero byte (unix(7)). */
export const MAX_SOCKET_PATH_BYTES = 107;

/** Where a role listens by default. */
export function defaultSocketPath(role: Role, { env, uid }: Surroundings = surroundings()): string {
  const runtime = uid === 0 ? undefined : absolute(env.XDG_RUNTIME_DIR);
  const own = runtime === undefined ? undefined : join(runtime, "meshd", `${role}.sock`);
  return own !== undefined && Buffer.byteLength(own) <= MAX_SOCKET_PATH_BYTES ? own : systemSocketPath(role);
}

/** Where a verb looks for a role: a user's own one if there is one, else the system's. */
export function findSocketPath(role: Role): string {
  const own = defaultSocketPath(role);
  return existsSync(own) ? own : systemSocketPath(role);
}

/** A relative path in one of these variables is to be ignored (XDG Base Directory Specification). */
function absolute(path: string | undefined): string | undefined {
  return path !== undefined && isAbsolute(path) ? path : undefined;
}

/** Makes the directory, for its owner only: it holds keys. Returns in words what was open to others in one that was there. */
export function createStateDirectory(path: string): readonly string[] {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    return closeStateToOthers(path);
  } catch (error) {
    if (error instanceof MeshdError) throw error;
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    const denied = code === "EACCES" || code === "EPERM";
    const advice = denied ? "run as root or choose another --state-dir" : "choose another --state-dir";
    throw new MeshdError("state-dir", denied ? 4 : 1, `cannot use the state directory ${path} (${code}); ${advice}`, {
      cause: error,
    });
  }
}
