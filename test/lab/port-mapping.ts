// A home router's port mapping service: Debian's miniupnpd with its nftables backend, answering PCP, NAT-PMP and UPnP IGD.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Host } from "./lab.ts";

export async function startMiniupnpd(router: Host): Promise<void> {
  const configuration = {
    ext_ifname: "wan",
    listening_ip: "lan",
    enable_natpmp: "yes",
    enable_upnp: "yes",
    secure_mode: "yes",
    system_uptime: "yes",
    min_lifetime: 120,
    max_lifetime: 86_400,
    upnp_table_name: "site",
    upnp_nat_table_name: "site",
    upnp_forward_chain: "mapped",
    upnp_nat_chain: "mapped_prerouting",
    upnp_nat_postrouting_chain: "mapped_postrouting",
    uuid: "6f2d4c2e-8a55-4d0e-9d6b-1f0f5a3c7e11",
  };
  const lines = Object.entries(configuration).map(([key, value]) => `${key}=${value}`);
  const file = join(router.directory, "miniupnpd.conf");
  writeFileSync(file, `${lines.join("\n")}\nallow 1024-65535 0.0.0.0/0 1024-65535\n`);
  router.spawn(["miniupnpd", "-d", "-f", file, "-P", join(router.directory, "miniupnpd.pid")], {
    logFile: join(router.directory, "miniupnpd.log"),
  });
  await router.output(["sh", "-c", "until ss -Hlun sport = :5351 | grep -q .; do sleep 0.01; done"], {
    timeoutMs: 10_000,
  });
}
