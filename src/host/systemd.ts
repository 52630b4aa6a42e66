// meshd as a systemd service.
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { MeshdError } from "../protocol/errors.ts";
import { KEPT_CAPABILITIES } from "./least-authority.ts";
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
LimitNOFILE=65536
${sandbox(role)}

[Install]
WantedBy=multi-user.target
`;
}

/**
 * systemd.exec(5). V8 compiles at run time, which MemoryDenyWriteExecute= forbids; root without capabilities owns the state, so that
 * verbs and `meshd up` by hand go on with it. A checkout may lie in a home: those stay visible, and read-only.
 */
function sandbox(role: ServiceRole): string {
  const capabilities = KEPT_CAPABILITIES.map((name) => `CAP_${name.toUpperCase()}`).join(" ");
  return [
    `CapabilityBoundingSet=${capabilities}`,
    ...(role === "node" ? NODE_SANDBOX : SERVER_SANDBOX),
    ...COMMON_SANDBOX,
  ].join("\n");
}

const COMMON_SANDBOX = [
  "NoNewPrivileges=yes",
  "UMask=0077",
  "DevicePolicy=closed",
  "PrivateTmp=yes",
  "PrivateMounts=yes",
  "ProtectSystem=strict",
  "ProtectHome=read-only",
  "ProtectControlGroups=yes",
  "ProtectKernelModules=yes",
  "ProtectKernelLogs=yes",
  "ProtectClock=yes",
  "ProtectHostname=yes",
  "ProtectProc=invisible",
  "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK",
  "RestrictNamespaces=yes",
  "RestrictRealtime=yes",
  "RestrictSUIDSGID=yes",
  "LockPersonality=yes",
  "SystemCallArchitectures=native",
  "SystemCallFilter=@system-service",
  "SystemCallErrorNumber=EPERM",
];

/** resolv.conf is written where systemd-resolved does not run; the node sets what its interface needs below /proc/sys/net. */
const NODE_SANDBOX = ["DeviceAllow=/dev/net/tun rw", "ReadWritePaths=-/etc/resolv.conf"];

const SERVER_SANDBOX = ["PrivateDevices=yes", "ProtectKernelTunables=yes"];

/** systemd.service(5), "Command lines": double quotes, with "%" and "$" doubled. */
function quote(word: string): string {
  const escaped = word.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("%", "%%").replaceAll("$", "$$$$");
  return /^[A-Za-z0-9_./=:-]+$/.test(word) ? word : `"${escaped}"`;
}
