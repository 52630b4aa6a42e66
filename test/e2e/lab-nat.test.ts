// The lab's NATs are what they say they are, as coturn's natdiscovery sees them (RFC 5780), and as miniupnpd's clients do.
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { SiteLab, siteType, type Host, type PlannedSite, type RouterOptions } from "../lab/index.ts";

const observer = fileURLToPath(new URL("../lab/programs/udp-observer.ts", import.meta.url));

const fileServer = fileURLToPath(new URL("../lab/programs/file-server.ts", import.meta.url));

interface IperfReport {
  readonly end: { readonly sum_received: { readonly bits_per_second: number } };
}

const behaviours = {
  "endpoint-independent": "Endpoint Independent",
  "address-dependent": "Address Dependent",
  "address-and-port-dependent": "Address and Port Dependent",
};

/** A site with one host, named as the site and "-host". */
function natSite(name: string, options: RouterOptions): PlannedSite {
  return {
    name,
    type: { routers: [{ kind: "nat", options: { delay: 2, ...options } }], difficulty: "strict" },
    hosts: [`${name}-host`],
  };
}

/** An RFC 5780 server on both of the server's addresses. */
async function startStunServer(server: Host): Promise<void> {
  const { directory } = server;
  const files = [
    "--pidfile",
    join(directory, "turn.pid"),
    "--userdb",
    join(directory, "turn.db"),
    "--log-file",
    "stdout",
  ];
  const addresses = ["-L", "203.0.113.10", "-L", "203.0.113.11"];
  server.spawn(["turnserver", "-n", ...addresses, "--no-auth", "--no-tls", "--no-dtls", "--no-cli", ...files], {
    logFile: join(directory, "turnserver.log"),
  });
  await server.output(["sh", "-c", "until [ $(ss -Hlun sport = :3479 | wc -l) -ge 2 ]; do sleep 0.05; done"]);
}

test("natdiscovery recognises every mapping with every filtering", { timeout: 90_000 }, async () => {
  const combinations = Object.keys(behaviours).flatMap((mapping) =>
    Object.keys(behaviours).map((filtering) => ({ mapping, filtering })),
  );
  using lab = await SiteLab.create(
    ["server"],
    combinations.map((options, number) => natSite(`n${number}`, options)),
  );
  await startStunServer(lab.host("server"));
  const seen = await Promise.all(
    combinations.map(async (_, number) => {
      const command = ["turnutils_natdiscovery", "-m", "-f", lab.host("server").ipv4];
      const output = await lab.host(`n${number}-host`).output(command);
      const verdict = (what: string) => new RegExp(`NAT with (.*) ${what}!`).exec(output)?.[1];
      return { mapping: verdict("Mapping"), filtering: verdict("Filtering") };
    }),
  );
  const words = new Map(Object.entries(behaviours));
  assert.deepEqual(
    seen,
    combinations.map(({ mapping, filtering }) => ({ mapping: words.get(mapping), filtering: words.get(filtering) })),
  );
});

test("allocation, hairpin, reboot: as told", { timeout: 60_000 }, async () => {
  const symmetric = { mapping: "address-and-port-dependent" };
  using lab = await SiteLab.create(
    ["server"],
    [
      natSite("steps", { ...symmetric, allocation: "sequential:2" }),
      natSite("random", symmetric),
      natSite("hairpin", { hairpin: true, filtering: "endpoint-independent" }),
      natSite("none", { filtering: "endpoint-independent" }),
    ],
  );
  const server = lab.host("server");
  await startStunServer(server);
  const observing = server.spawn([process.execPath, observer]);
  await observing.waitForLine(/ready 7002/);
  const portsOf = async (site: string) => {
    const ask = [process.execPath, observer, server.ipv4, "7001", "7002"];
    const output = await lab.host(`${site}-host`).output(ask);
    return output.trim().split("\n");
  };
  const port = (endpoint = "") => Number(endpoint.split(":")[1]);
  const [first, second] = await portsOf("steps");
  assert.equal(port(second), port(first) + 2);
  const [one, other] = await portsOf("random");
  assert.ok(Math.abs(port(one) - port(other)) > 2);

  const hairpins = async (site: string) => {
    const output = await lab.host(`${site}-host`).output(["turnutils_natdiscovery", "-H", server.ipv4]);
    return !output.includes("timeout");
  };
  assert.equal(await hairpins("hairpin"), true);
  assert.equal(await hairpins("none"), false);

  const before = (await portsOf("none"))[0]?.split(":")[0];
  const address = await lab.rebootSite("none");
  assert.notEqual(address, before);
  assert.equal((await portsOf("none"))[0]?.split(":")[0], address);

  await lab.blockUdp("none");
  assert.deepEqual(await portsOf("none"), ["timeout", "timeout"]);
  await lab.unblockUdp("none");
  assert.notDeepEqual(await portsOf("none"), ["timeout", "timeout"]);

  lab.setCable("none-host", "down");
  assert.equal((await lab.host("none-host").run(["ping", "-c1", "-W1", server.ipv4])).code, 2);
  lab.setCable("none-host", "up");
  assert.notDeepEqual(await portsOf("none"), ["timeout", "timeout"]);

  lab.moveHost("none-host", "random");
  assert.match((await portsOf("none"))[0] ?? "", /^198\.51\.100\.9:/);
});

test(
  "the port-mapping router opens ports by UPnP IGD and NAT-PMP, and what is sent there arrives",
  { timeout: 60_000 },
  async () => {
    using lab = await SiteLab.create(["server"], [{ name: "home", type: siteType("port-mapping"), hosts: ["laptop"] }]);
    const laptop = lab.host("laptop");
    const serving = laptop.spawn([process.execPath, observer]);
    await serving.waitForLine(/ready 7002/);
    const upnp = await laptop.output(["upnpc", "-a", laptop.ipv4, "7001", "40001", "UDP"]);
    assert.match(upnp, /external \S+:40001 UDP is redirected to internal \S+:7001/);
    const pmp = await laptop.output(["natpmpc", "-g", "192.168.10.1", "-a", "40002", "7002", "udp", "600"]);
    assert.match(pmp, /Mapped public port 40002 protocol UDP to local port 7002/);
    const address = /Public IP address : (\S+)/.exec(pmp)?.[1] ?? "";
    const server = lab.host("server");
    const answers = await server.output([process.execPath, observer, address, "40001", "40002"]);
    for (const answer of answers.trim().split("\n")) assert.match(answer, /^203\.0\.113\.10:\d+$/);
  },
);

test("lines and proxies: round trip, MTU, loss, rate, nothing but CONNECT", { timeout: 60_000 }, async () => {
  using lab = await SiteLab.create(
    ["server"],
    [
      { name: "narrow", type: siteType("narrow-1280"), hosts: ["narrow-host"] },
      { name: "company", type: siteType("http-proxy-only"), hosts: ["desk"] },
      { name: "public", type: siteType("public"), hosts: ["vps"] },
    ],
  );
  const [server, vps, desk, narrow] = ["server", "vps", "desk", "narrow-host"].map((name) => lab.host(name));
  assert.ok(server && vps && desk && narrow);
  const ping = async (from: Host, ...args: readonly string[]) =>
    (await from.run(["ping", "-n", "-W1", ...args])).stdout;
  const rtt = async (from: Host, to: Host) =>
    Number(/min\/avg.*= ([\d.]+)/.exec(await ping(from, "-c3", "-i0.1", to.ipv4))?.[1]);
  const [toServer, between] = [await rtt(vps, server), await rtt(narrow, vps)];
  assert.ok(toServer >= 20 && toServer < 23, `${toServer} ms to the server`);
  assert.ok(between >= 40 && between < 45, `${between} ms between sites`);

  const sized = (bytes: number) => ["-c1", "-Mdo", `-s${bytes - 28}`, server.ipv4];
  assert.match(await ping(narrow, ...sized(1280)), / 0% packet loss/);
  const tooBig = await ping(narrow, ...sized(1281));
  assert.match(tooBig, /100% packet loss/);
  assert.doesNotMatch(tooBig, /mtu/);

  const web = server.spawn([process.execPath, fileServer, fileServer, "::", "80"]);
  await web.waitForLine(/^serving$/);
  const get = ["curl", "-sf", "-m3", `http://${server.ipv4}/`];
  assert.notEqual((await desk.run(get)).code, 0);
  assert.match(await desk.output([...get, "-p", "-x", lab.environmentOf("company").HTTPS_PROXY ?? ""]), /web server/);

  await lab.setOption("public", "loss", 20);
  const lost = Number(/([\d.]+)% packet loss/.exec(await ping(vps, "-c200", "-i0.005", "-w4", server.ipv4))?.[1]);
  // Both ways: 36 %.
  assert.ok(lost > 20 && lost < 52, `${lost} % lost`);
  await lab.setOption("public", "loss", 0);
  await lab.setOption("public", "rate", 20);
  const serving = server.spawn(["iperf3", "-s", "-1", "--forceflush"]);
  await serving.waitForLine(/listening/);
  const report = await vps.output(["iperf3", "-c", server.ipv4, "-t2", "-J"]);
  const megabits = (JSON.parse(report) as IperfReport).end.sum_received.bits_per_second / 1e6;
  assert.ok(megabits > 10 && megabits < 21, `${megabits} Mbit/s`);
});
