// A router that opens ports on request (a real miniupnpd), and what netcheck finds out about sites of every kind.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import type { PortMapping } from "../../src/nat/port-mapping/index.ts";
import type { NetcheckReport } from "../../src/nat/netcheck/index.ts";
import { Coordinator, type Host, Node, SiteLab, type SiteName, siteType, waitFor } from "../lab/index.ts";

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

test("netcheck knows every kind of NAT", { timeout: 120_000 }, async () => {
  const dependent = "address-and-port-dependent";
  const independent = "endpoint-independent";
  const expected: Partial<Record<SiteName, Partial<NetcheckReport>>> = {
    public: { mapping: independent, filtering: independent, hairpin: null },
    firewall: { mapping: independent, filtering: dependent, hairpin: null },
    "full-cone": { mapping: independent, filtering: independent, hairpin: false },
    "address-restricted": { mapping: independent, filtering: "address-dependent" },
    "port-restricted": { mapping: independent, filtering: dependent },
    "same-nat-hairpin": { mapping: independent, filtering: dependent, hairpin: true },
    "symmetric-random": { mapping: dependent, filtering: dependent, allocation: { pattern: "random" } },
    "symmetric-sequential": {
      mapping: dependent,
      filtering: dependent,
      allocation: { pattern: "sequential", step: 1 },
    },
    "port-preserving": { mapping: dependent, filtering: dependent, allocation: { pattern: "preserving" } },
    "port-mapping": { mapping: dependent, portMapping: ["pcp", "nat-pmp", "upnp"] },
    "dual-stack": { ipv4: true, ipv6: true, mapping: dependent },
    "udp-blocked": { udp: false, publicAddresses: [], mapping: "unknown", captivePortal: false },
  };
  const sites = Object.keys(expected) as SiteName[];
  using lab = await SiteLab.create(
    ["server"],
    sites.map((name, number) => ({ name: `s${number}`, type: siteType(name), hosts: [`h${number}`] })),
  );
  const coordinator = await Coordinator.start(lab.host("server"));
  for (const [number, name] of sites.entries()) {
    const report = await netcheckOn(lab.host(`h${number}`), coordinator);
    const wanted = expected[name] ?? {};
    const found = Object.fromEntries(Object.entries(report).filter(([key]) => key in wanted));
    assert.deepEqual(found, wanted, name);
    assert.equal(report.relays.length > 0, true, name);
  }
});

async function netcheckOn(host: Host, coordinator: Coordinator): Promise<NetcheckReport> {
  const node = new Node(host);
  await node.join(coordinator.joinKey);
  const report = JSON.parse(await node.done("netcheck", "--json")) as NetcheckReport;
  await node.stop();
  return report;
}
