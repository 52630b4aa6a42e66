// meshd as a systemd service.
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { MeshdError } from "../protocol/errors.ts";
import { DAEMON_NODE_ARGS } from "./node-args.ts";
import { run } from "./run.ts";

export type ServiceRole = "node" | "coordinator" | "relay";

/** sd_booted(3). */
function systemdIsRunning(): boolean {
  return existsSync("/run/systemd/system");
}

/** What the service starts: this Node, its flags and this program, so that it works from a checkout as well. */
export interface Program {
  readonly node: string;
  readonly nodeArgs: readonly string[];
  readonly main: string;
}

function thisProgram(): Program {
  return { node: process.execPath, nodeArgs: process.execArgv, main: process.argv[1] ?? "" };
}

/** Returns the unit's name. */
export async function installService(role: ServiceRole): Promise<string> {
  requireServiceManager();
  const unit = unitName(role);
  writeFileSync(unitPath(role), unitText(role, thisProgram()), { mode: 0o644 });
  await systemctl("daemon-reload");
  await systemctl("enable", "--now", unit);
  return unit;
}

export async function uninstallService(role: ServiceRole): Promise<string> {
  requireServiceManager();
  const unit = unitName(role);
  if (!existsSync(unitPath(role))) throw new MeshdError("no-service", 1, `the service ${unit} is not installed`);
  await systemctl("disable", "--now", unit);
  rmSync(unitPath(role), { force: true });
  await systemctl("daemon-reload");
  return unit;
}

/** Errors: `MeshdError` where systemd does not run, or the caller is not root. */
export function requireServiceManager(): void {
  if (!systemdIsRunning()) {
    const advice = "run `meshd daemon` under the service manager of this host instead";
    throw new MeshdError("no-systemd", 1, `systemd is not running here; ${advice}`);
  }
  if (process.getuid?.() !== 0) throw new MeshdError("not-permitted", 4, "only root can install a service; use sudo");
}

async function systemctl(...args: readonly string[]): Promise<void> {
  const { ok, problem } = await run("systemctl", args);
  if (!ok) throw new MeshdError("systemctl", 1, `systemctl ${args.join(" ")} failed: ${problem}`);
}

function unitName(role: ServiceRole): string {
  return `meshd-${role}.service`;
}

function unitPath(role: ServiceRole): string {
  return `/etc/systemd/system/${unitName(role)}`;
}

/**
 * KillMode stays control-group: the guard of resolv.conf (src/dns) ignores SIGTERM and ends by itself when the daemon does; a mode
 * that sends SIGKILL at once would end it before it has restored anything.
 */
export function unitText(role: ServiceRole, { node, nodeArgs, main }: Program): string {
  const command = [node, ...nodeArgs, ...DAEMON_NODE_ARGS, main, role === "node" ? "daemon" : role]
    .map(quote)
    .join(" ");
  return `[Unit]
Description=meshd ${role}
Wants=network-online.target
After=network-online.target systemd-resolved.service

[Service]
ExecStart=${command}
Restart=on-failure
RestartSec=1
StateDirectory=meshd/${role}
StateDirectoryMode=0700
RuntimeDirectory=meshd
RuntimeDirectoryPreserve=yes
NoNewPrivileges=yes
LimitNOFILE=65536

[Install]
WantedBy=multi-user.target
`;
}

/** systemd.service(5), "Command lines": double quotes, with "%" and "$" doubled. */
function quote(word: string): string {
  const escaped = word.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("%", "%%").replaceAll("$", "$$$$");
  return /^[A-Za-z0-9_./=:-]+$/.test(word) ? word : `"${escaped}"`;
}
