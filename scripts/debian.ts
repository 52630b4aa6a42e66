// Programs that the lab uses, from Debian's packages: only those that are missing are installed, and it says so.
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { runCommand } from "./command.ts";
import { say, seconds } from "./console.ts";

/** Program → package. */
const tools: Readonly<Record<string, string>> = {
  ip: "iproute2",
  nft: "nftables",
  ping: "iputils-ping",
  iperf3: "iperf3",
  curl: "curl",
  ssh: "openssh-client",
  sshd: "openssh-server",
  setpriv: "util-linux",
  turnserver: "coturn",
  miniupnpd: "miniupnpd-nftables",
  upnpc: "miniupnpc",
  natpmpc: "natpmpc",
  tcpdump: "tcpdump",
};

function isInstalled(program: string): boolean {
  const folders = `${process.env.PATH ?? ""}:/usr/sbin:/sbin`.split(delimiter);
  return folders.some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** False, after one line that says what to do, where something is missing and cannot be installed. */
export async function ensureDebianTools(): Promise<boolean> {
  const missing = Object.entries(tools).filter(([program]) => !isInstalled(program));
  if (missing.length === 0) return true;
  const packages = [...new Set(missing.map(([, name]) => name))];
  if (!isInstalled("apt-get") || process.getuid?.() !== 0) {
    say(
      `Missing programs: ${missing.map(([program]) => program).join(", ")}; install ${packages.join(", ")} and run this again.`,
    );
    return false;
  }
  const started = performance.now();
  say(`Installing Debian packages: ${packages.join(", ")} ...`);
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  const install = ["install", "--yes", "--no-install-recommends", ...packages];
  let result = await runCommand("apt-get", install, { env });
  if (result.code !== 0) {
    await runCommand("apt-get", ["update"], { env });
    result = await runCommand("apt-get", install, { env });
  }
  if (result.code !== 0) {
    say(result.output);
    say(`apt-get could not install ${packages.join(", ")}; see its words above.`);
    return false;
  }
  say(`  installed in ${seconds(started)}`);
  return true;
}
