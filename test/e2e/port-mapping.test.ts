// A router that opens ports on request (a real miniupnpd).
import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import type { PortMapping } from "../../src/nat/port-mapping/index.ts";
import { Coordinator, Node, SiteLab, siteType, waitFor } from "../lab/index.ts";

const mapperProgram = fileURLToPath(new URL("../lab/programs/port-mapper.ts", import.meta.url));
const observer = fileURLToPath(new URL("../lab/programs/udp-observer.ts", import.meta.url));
/** Before the daemon's limit for `up` on a busy machine. */
const MAPPED_WITHIN_MS = 5000;

/** Ports that the home's router translates, as its kernel has it. */
async function translatedPorts(lab: SiteLab): Promise<readonly string[]> {
  const ruleset = await lab.host("home-r1").output(["nft", "list", "ruleset"]);
  return Array.from(ruleset.matchAll(/dnat ip to \S+:(\d+)/g), ([, port]) => port ?? "");
}

test(
  "PCP, NAT-PMP and UPnP: what is sent to the mapping arrives, until it is removed",
  { timeout: 60_000 },
  async () => {
    using lab = await SiteLab.create(["server"], [{ name: "home", type: siteType("port-mapping"), hosts: ["laptop"] }]);
    const [laptop, server] = [lab.host("laptop"), lab.host("server")];
    const serving = laptop.spawn([process.execPath, observer]);
    await serving.waitForLine(/ready 7002/);
    for (const protocol of ["pcp", "nat-pmp", "upnp"]) {
      const mapping = laptop.spawn([process.execPath, mapperProgram, protocol, "1500"]);
      const [line] = await mapping.waitForLine(/"mapped".*/, MAPPED_WITHIN_MS);
      const { external } = (JSON.parse(`{"type":${line}`) as { mapping: PortMapping }).mapping;
      const [ip = "", port = ""] = external.split(":");
      const ask = async () => (await server.output([process.execPath, observer, ip, port])).trim();
      assert.match(await ask(), /^203\.0\.113\.10:\d+$/, protocol);
      assert.deepEqual(await translatedPorts(lab), ["7001"], protocol);
      await mapping.waitForLine(/"closed"/, 5000);
      assert.deepEqual(await translatedPorts(lab), [], protocol);
    }
  },
);

test(
  "a node behind such a router offers its port, and takes it back when it goes down",
  { timeout: 60_000 },
  async () => {
    using lab = await SiteLab.create(
      ["server"],
      [
        { name: "home", type: siteType("port-mapping"), hosts: ["laptop"] },
        { name: "hotel", type: siteType("symmetric-random"), hosts: ["phone"] },
      ],
    );
    const coordinator = await Coordinator.start(lab.host("server"));
    const [laptop, phone] = [new Node(lab.host("laptop")), new Node(lab.host("phone"))];
    await Promise.all([laptop.join(coordinator.joinKey), phone.join(coordinator.joinKey)]);
    const mappedPort = async () => (await translatedPorts(lab))[0];
    await waitFor("mapping", MAPPED_WITHIN_MS, async () => (await mappedPort()) !== undefined);
    const port = await mappedPort();
    await waitFor("candidate", MAPPED_WITHIN_MS, async () => {
      const endpoints = (await laptop.status()).self?.endpoints ?? [];
      return endpoints.some((endpoint) => endpoint.startsWith("192.0.1.") && endpoint.endsWith(`:${port}`));
    });
    await phone.done("ping", "laptop", "--until-direct", "--timeout", "10s");

    await laptop.done("up", "--no-port-mapping");
    assert.equal(await mappedPort(), undefined);
    await laptop.done("up", "--port-mapping");
    await waitFor("mapping again", MAPPED_WITHIN_MS, async () => (await mappedPort()) === port);
    await laptop.done("down");
    assert.equal(await mappedPort(), undefined);
  },
);
