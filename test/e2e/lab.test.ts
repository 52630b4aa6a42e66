// The lab itself: its NATs behave as their names say, it starts fast, and it leaves nothing behind.
import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { formatAuthKey } from "../../src/identity/index.ts";
import { Secret } from "../../src/protocol/secret.ts";
import { Lab } from "../lab/index.ts";

const observer = fileURLToPath(new URL("../lab/programs/udp-observer.ts", import.meta.url));

test("a lab with every kind of site starts in under a second and vanishes", async () => {
  const started = performance.now();
  using lab = await Lab.create({
    publicHosts: ["server", "vps"],
    sites: {
      home: { kind: "port-restricted", hosts: ["laptop", "desktop"], ipv6: true },
      cafe: { kind: "symmetric", hosts: ["phone"] },
      office: { kind: "firewall", hosts: ["build"] },
      train: { kind: "carrier-nat", hosts: ["tablet"] },
    },
    publicIpv6: true,
  });
  const elapsed = performance.now() - started;
  const sleeper = lab.host("laptop").spawn(["sleep", "1000"]);
  await lab.host("laptop").output(["ping", "-c1", "-W2", lab.host("server").ipv4]);
  await lab.host("laptop").output(["ping", "-c1", "-W2", "2001:db8:1::10"]);
  await lab.host("laptop").output(["ping", "-c1", "-W2", lab.host("desktop").ipv4]);
  await lab.host("build").output(["ping", "-c1", "-W2", lab.host("vps").ipv4]);
  await lab.host("tablet").output(["ping", "-c1", "-W2", lab.host("vps").ipv4]);
  const unasked = await lab.host("vps").run(["ping", "-c1", "-W1", lab.host("build").ipv4]);
  assert.equal(unasked.code, 1, "the firewall lets nothing in unasked");
  lab.destroy();
  await sleeper.exited;
  assert.ok(elapsed < 1000, `took ${elapsed.toFixed(0)} ms`);
  assert.deepEqual(
    readdirSync("/run/netns").filter((name) => name.startsWith(lab.prefix)),
    [],
  );
  assert.deepEqual(
    readdirSync("/etc/netns").filter((name) => name.startsWith(lab.prefix)),
    [],
  );
  assert.ok(!existsSync(lab.directory));
});

test("a lab whose daemons logged a secret fails at its end, whatever it was for", async () => {
  const lab = await Lab.create({ publicHosts: ["server"] });
  const host = lab.host("server");
  const key = formatAuthKey({
    coordinators: [{ host: host.ipv4, port: 443 }],
    rootKey: new Uint8Array(32),
    keyId: new Uint8Array(8),
    secret: new Secret(new Uint8Array(32).fill(5)),
  });
  const careless = host.spawn(["sh", "-c", 'echo "joining with $KEY"'], {
    env: { KEY: key },
    logFile: join(host.directory, "careless.log"),
  });
  await careless.exited;
  assert.throws(() => lab[Symbol.dispose](), /secrets were logged: auth key as base64url in server\/careless\.log/);
  assert.ok(!existsSync(lab.directory), "and vanishes all the same");
});

test("mappings: endpoint-independent at home, another port for each destination behind the symmetric NAT", async () => {
  using lab = await Lab.create({
    publicHosts: ["server"],
    sites: {
      home: { kind: "port-restricted", hosts: ["laptop"] },
      cafe: { kind: "symmetric", hosts: ["phone"] },
      train: { kind: "carrier-nat", hosts: ["tablet"] },
    },
  });
  const server = lab.host("server");
  const observing = server.spawn([process.execPath, observer]);
  await observing.waitForLine(/ready 7001/);
  await observing.waitForLine(/ready 7002/);
  const observed = async (host: string) => {
    const output = await lab.host(host).output([process.execPath, observer, server.ipv4, "7001", "7002"]);
    return output.trim().split("\n");
  };
  const [home = [], cafe = [], train = []] = await Promise.all(["laptop", "phone", "tablet"].map(observed));
  assert.match(home[0] ?? "", /^198\.51\.100\.10:\d+$/);
  assert.equal(home[0], home[1]);
  assert.match(cafe[0] ?? "", /^198\.51\.100\.11:\d+$/);
  assert.match(cafe[1] ?? "", /^198\.51\.100\.11:\d+$/);
  assert.notEqual(cafe[0], cafe[1]);
  assert.equal(train[0], train[1]);
});
