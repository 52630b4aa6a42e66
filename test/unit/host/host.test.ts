import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { chmodSync, readFileSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { describeCollision, findCollisions } from "../../../src/host/collisions.ts";
import { createStateDirectory, defaultSocketPath, defaultStateDirectory } from "../../../src/host/directories.ts";
import { interfaceAddresses } from "../../../src/host/interfaces.ts";
import { run } from "../../../src/host/run.ts";
import { lockStateDirectory } from "../../../src/host/state-lock.ts";
import { closeStateToOthers } from "../../../src/host/state-permissions.ts";
import { unitText } from "../../../src/host/systemd.ts";
import { familyCommands, linkCommands } from "../../../src/host/tun-network.ts";
import { MeshdError } from "../../../src/protocol/errors.ts";

describe("directories", () => {
  it("follow systemd, root and users", () => {
    assert.equal(defaultStateDirectory("node", { env: {}, uid: 0 }), "/var/lib/meshd/node");
    assert.equal(defaultStateDirectory("node", { env: { STATE_DIRECTORY: "/a:/b" }, uid: 0 }), "/a");
    assert.equal(
      defaultStateDirectory("relay", { env: { HOME: "/home/x" }, uid: 7 }),
      "/home/x/.local/state/meshd/relay",
    );
    assert.equal(
      defaultSocketPath("node", { env: { XDG_RUNTIME_DIR: "/run/user/0" }, uid: 0 }),
      "/run/meshd/node.sock",
    );
    assert.equal(
      defaultSocketPath("node", { env: { XDG_RUNTIME_DIR: "/run/user/7" }, uid: 7 }),
      "/run/user/7/meshd/node.sock",
    );
  });
});

describe("state directory", () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "meshd-host-"));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  /** A process that holds the lock, and takes half a second to end in order. */
  async function startHolder() {
    const module = fileURLToPath(new URL("../../../src/host/state-lock.ts", import.meta.url));
    const script = `
      const { lockStateDirectory } = await import(${JSON.stringify(module)});
      const lock = await lockStateDirectory(${JSON.stringify(directory)}, "daemon");
      process.once("SIGTERM", () => {
        lock.leave();
        console.log("leaving");
        setTimeout(() => process.exit(), 500);
      });
      console.log("locked");
      setInterval(() => {}, 1000);`;
    const flags = ["--disable-warning=ExperimentalWarning", "--input-type=module", "--eval", script];
    const holder = spawn(process.execPath, flags, { stdio: ["ignore", "pipe", "inherit"] });
    await new Promise((resolve) => holder.stdout.once("data", resolve));
    return holder;
  }

  it("is its owner's alone", () => {
    const path = join(directory, "a", "b");
    createStateDirectory(path);
    assert.equal(statSync(path).mode & 0o777, 0o700);
    writeFileSync(join(directory, "file"), "");
    assert.throws(() => createStateDirectory(join(directory, "file")), MeshdError);
  });

  it("takes from others what a careless hand gave them, and says so", () => {
    createStateDirectory(directory);
    writeFileSync(join(directory, "identity.json"), "", { mode: 0o644 });
    chmodSync(join(directory, "identity.json"), 0o644);
    chmodSync(directory, 0o755);
    const said = createStateDirectory(directory);
    assert.deepEqual(
      said.map((line) => /was open to others \(mode (\d+)\); it is (\d+) now$/.exec(line)?.slice(1)),
      [
        ["0755", "0700"],
        ["0644", "0600"],
      ],
    );
    assert.equal(statSync(directory).mode & 0o777, 0o700);
    assert.equal(statSync(join(directory, "identity.json")).mode & 0o777, 0o600);
    assert.deepEqual(createStateDirectory(directory), []);
  });

  it("of somebody else is refused, and left as it was", () => {
    chmodSync(directory, 0o755);
    assert.throws(() => closeStateToOthers(directory, 4242), /belongs to user \d+, not to 4242/);
    assert.equal(statSync(directory).mode & 0o777, 0o755);
  });

  it("holds no file of the lock that others may read", async () => {
    const lock = await lockStateDirectory(directory, "daemon");
    assert.deepEqual(createStateDirectory(directory), []);
    lock.release();
  });

  it("is locked for one process, and free again however that ends", async () => {
    const holder = await startHolder();
    await assert.rejects(
      lockStateDirectory(directory, "daemon"),
      (error) =>
        error instanceof MeshdError && error.exitCode === 1 && error.message.includes(`process ${String(holder.pid)}`),
    );
    const gone = new Promise((resolve) => holder.once("exit", resolve));
    holder.kill("SIGKILL");
    await gone;
    (await lockStateDirectory(directory, "daemon")).release();
    (await lockStateDirectory(directory, "daemon")).release();
  });

  it("is waited for while its holder takes itself apart", async () => {
    const holder = await startHolder();
    const gone = new Promise((resolve) => holder.once("exit", resolve));
    holder.kill("SIGTERM");
    await new Promise((resolve) => holder.stdout.once("data", resolve));
    const lock = await lockStateDirectory(directory, "daemon");
    // The kernel gives the lock away a moment before this process hears of the end.
    assert.equal(await gone, 0);
    lock.release();
  });
});

describe("collisions", () => {
  const routes = [
    { destination: "0.0.0.0/0", device: "eth0" },
    { destination: "100.100.0.0/16", device: "eth1" },
    { destination: "100.64.0.0/10", device: "meshd0" },
    { destination: "10.0.0.0/8", device: "eth2" },
    { destination: "fd00::/8", device: "wg0" },
    { destination: "100.64.5.5/32", device: "ppp0" },
  ];

  it("are found where a network is overridden or hides peers, not on our own device", () => {
    const found = findCollisions(["100.64.0.0/10", "fd7a:1::/48"], routes, "meshd0");
    assert.deepEqual(
      found.map(({ kind, route }) => `${kind} ${route.destination}`),
      ["hides 100.100.0.0/16", "hides 100.64.5.5/32", "overrides fd00::/8"],
    );
    assert.match(describeCollision(found[2] ?? assert.fail()), /fd7a:1::\/48 collide with fd00::\/8 on wg0/);
    assert.deepEqual(findCollisions(["172.16.0.0/12"], routes, "meshd0"), []);
    assert.equal(findCollisions(["10.0.0.0/8"], routes, "meshd0")[0]?.kind, "overrides");
  });
});

describe("TUN configuration", () => {
  const network = {
    device: "meshd0",
    mtuBytes: 1280,
    ips: ["100.64.0.1", "fd7a::1"],
    prefixes: ["100.64.0.0/10", "fd7a::/48"],
  };
  it("gives addresses alone and routes the prefixes, by family", () => {
    assert.deepEqual(linkCommands(network), ["link set dev meshd0 mtu 1280", "link set dev meshd0 up"]);
    assert.deepEqual(familyCommands(network, 4), [
      "address replace 100.64.0.1/32 dev meshd0",
      "route replace 100.64.0.0/10 dev meshd0 src 100.64.0.1",
    ]);
    assert.deepEqual(familyCommands(network, 6), [
      "address replace fd7a::1/128 dev meshd0 nodad",
      "route replace fd7a::/48 dev meshd0 src fd7a::1",
    ]);
    assert.deepEqual(familyCommands({ ...network, ips: ["100.64.0.1"] }, 6), []);
  });
});

describe("interfaces", () => {
  it("leave out the tunnels of other VPNs", () => {
    const all = interfaceAddresses(undefined, () => false);
    const [first] = all;
    assert.ok(first !== undefined, "this host has an address");
    const others = all.filter(({ name }) => name !== first.name);
    assert.deepEqual(
      interfaceAddresses(undefined, (name) => name === first.name),
      others,
    );
  });
});

describe("programs of the host", () => {
  it("are run with input, and their failures told in one line", async () => {
    assert.equal((await run("cat", [], "hello")).stdout, "hello");
    assert.match((await run("sh", ["-c", "echo first >&2; echo second >&2; exit 3"])).problem, /^first$/);
    assert.match((await run("no-such-program", [])).problem, /not installed/);
    assert.equal((await run("true", [], "x".repeat(1_000_000))).ok, true);
  });
});

const SANDBOX = [
  "CapabilityBoundingSet=CAP_NET_ADMIN CAP_NET_BIND_SERVICE",
  "NoNewPrivileges=yes",
  "UMask=0077",
  "StateDirectoryMode=0700",
  "DevicePolicy=closed",
  "ProtectSystem=strict",
  "PrivateTmp=yes",
  "PrivateMounts=yes",
  "ProtectProc=invisible",
  "RestrictNamespaces=yes",
  "RestrictSUIDSGID=yes",
  "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK",
  "SystemCallFilter=@system-service",
  "SystemCallArchitectures=native",
];

describe("systemd unit", () => {
  it("starts this program, whatever its path", () => {
    const text = unitText("node", { node: "/opt/node", nodeArgs: ["--x"], main: "/home/a b/100%/main.js" });
    assert.match(
      text,
      /^ExecStart=\/opt\/node --x --max-semi-space-size=1 --expose-gc "\/home\/a b\/100%%\/main\.js" daemon$/m,
    );
    assert.match(
      unitText("coordinator", { node: "n", nodeArgs: [], main: "m" }),
      /StateDirectory=meshd\/coordinator\n/,
    );
  });

  it("is sandboxed, and so is the one to copy from configs/", () => {
    for (const role of ["node", "coordinator", "relay"] as const) {
      const generated = unitText(role, { node: "n", nodeArgs: [], main: "m" });
      const example = readFileSync(new URL(`../../../configs/meshd-${role}.service`, import.meta.url), "utf8");
      for (const text of [generated, example]) {
        const lines = text.split("\n");
        for (const line of SANDBOX) assert.ok(lines.includes(line), `${role}: ${line}`);
        assert.equal(lines.includes("DeviceAllow=/dev/net/tun rw"), role === "node");
        assert.equal(lines.includes("PrivateDevices=yes"), role !== "node");
      }
    }
  });
});
