// meshd service: makes a role a systemd service, or undoes it.
import { setTimeout as sleep } from "node:timers/promises";
import { type Command, Option } from "commander";
import { systemSocketPath } from "../host/directories.ts";
import { installService, requireServiceManager, uninstallService } from "../host/systemd.ts";
import { MeshdError } from "../protocol/errors.ts";
import { nodeClient } from "./node-client.ts";
import { print } from "./print.ts";
import { examples } from "./options.ts";

const ROLES = ["node", "coordinator", "relay"] as const;
type ServiceRole = (typeof ROLES)[number];

interface ServiceOptions {
  readonly role: ServiceRole;
}

/** A daemon that `meshd up` started holds the state that the service needs; what it was told is on disk, so the service goes on. */
async function endBackgroundDaemon(): Promise<void> {
  const client = nodeClient({ socket: systemSocketPath("node") });
  try {
    await client.request("POST", "/v1/shutdown");
    for (;;) {
      await client.request("GET", "/v1/status");
      await sleep(100);
    }
  } catch (error) {
    if (!(error instanceof MeshdError && error.code === "not-running")) throw error;
  }
}

function roleOption(): Option {
  return new Option("--role <role>", "what the service runs").choices(ROLES).default("node");
}

export function configure(command: Command): void {
  examples(command, "meshd service install", "meshd service uninstall --role relay");
  const install = command
    .command("install")
    .description("install, enable and start the service")
    .addOption(roleOption());
  examples(install, "meshd service install", "meshd service install --role coordinator");
  install.action(async ({ role }: ServiceOptions) => {
    requireServiceManager();
    if (role === "node") await endBackgroundDaemon();
    const unit = await installService(role);
    print(`Installed and started ${unit}; \`systemctl status ${unit}\` shows it.`);
  });
  const uninstall = command
    .command("uninstall")
    .description("stop and remove the service; state is kept")
    .addOption(roleOption());
  examples(uninstall, "meshd service uninstall");
  uninstall.action(async ({ role }: ServiceOptions) => {
    const unit = await uninstallService(role);
    print(`Removed ${unit}; its state is kept.`);
  });
}
