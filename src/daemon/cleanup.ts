// meshd daemon --cleanup: gives back what a daemon that was killed left on the host. What systemd-resolved was told goes with the device.
import { existsSync } from "node:fs";
import { RESOLV_CONF_FILES, restoreResolvConf } from "../dns/index.ts";
import { createStateDirectory } from "../host/directories.ts";
import { run } from "../host/run.ts";
import { lowerGuard } from "../host/overlay-guard.ts";
import { lockStateDirectory } from "../host/state-lock.ts";
import { MeshdError } from "../protocol/errors.ts";
import { loadSettings } from "./settings.ts";
import { stateIdOf } from "./state-id.ts";

/** What was done, for people. Errors: `MeshdError`, among them "state-dir-in-use" while the daemon runs. */
export async function cleanUp(stateDir: string): Promise<readonly string[]> {
  createStateDirectory(stateDir);
  const lock = await lockStateDirectory(stateDir, "daemon");
  try {
    const done: string[] = [];
    const { path } = RESOLV_CONF_FILES;
    if (await restoreResolvConf(RESOLV_CONF_FILES, await stateIdOf(stateDir))) done.push(`restored ${path}`);
    const { tun } = await loadSettings(stateDir);
    if (await deleteTun(tun)) done.push(`deleted ${tun}`);
    if (await lowerGuard(tun)) done.push(`removed the firewall's rules for ${tun}`);
    return done;
  } finally {
    lock.leave();
    lock.release();
  }
}

async function deleteTun(device: string): Promise<boolean> {
  if (!existsSync(`/sys/class/net/${device}/tun_flags`)) return false;
  // Unlike `ip link delete` it is refused where a process has the device open.
  const { ok, problem } = await run("ip", ["tuntap", "del", "dev", device, "mode", "tun"]);
  if (!ok) throw new MeshdError("tun-busy", 1, `cannot delete ${device}: ${problem}; is another daemon using it?`);
  return true;
}
