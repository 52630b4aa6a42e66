// meshd service: makes a role a systemd service, or undoes it.
import { type Command, Option } from "commander";
import { installService, uninstallService } from "../host/systemd.ts";
import { print } from "./node-client.ts";
import { examples } from "./options.ts";

const ROLES = ["node", "coordinator"] as const;
type ServiceRole = (typeof ROLES)[number];

interface ServiceOptions {
  readonly role: ServiceRole;
}

function roleOption(): Option {
  return new Option("--role <role>", "what the service runs").choices(ROLES).default("node");
}

export function configure(command: Command): void {
  const install = command
    .command("install")
    .description("install, enable and start the service")
    .addOption(roleOption());
  examples(install, "meshd service install", "meshd service install --role coordinator");
  install.action(async ({ role }: ServiceOptions) => {
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
