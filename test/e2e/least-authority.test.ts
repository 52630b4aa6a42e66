// What a daemon holds and lets out: root's powers beyond those it needs, listening ports, and secrets.
import assert from "node:assert/strict";
import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { type Coordinator, type Host, labTest, meshdProgram, Node, waitFor } from "../lab/index.ts";
import { leaksIn, logsBelow, secretsBelow, withoutPrintedKeys } from "../lab/secrets.ts";
import { ping, startAlone, startMesh } from "./mesh.ts";

/** CAP_NET_BIND_SERVICE and CAP_NET_ADMIN (linux/capability.h). */
const KEPT = "0000000000001400";
const NONE = "0000000000000000";
const EXPECTED = { CapInh: NONE, CapPrm: KEPT, CapEff: KEPT, CapBnd: KEPT, CapAmb: NONE, NoNewPrivs: "1" };

function assertLeastAuthority(pid: number, what: string): void {
  const threads = readdirSync(`/proc/${String(pid)}/task`);
  assert.ok(threads.length > 1, "a Node process has several threads");
  for (const thread of threads) {
    const status = readFileSync(`/proc/${String(pid)}/task/${thread}/status`, "utf8");
    const found = Object.fromEntries(
      Object.keys(EXPECTED).map((field) => [field, new RegExp(`^${field}:\\s*(\\w+)$`, "m").exec(status)?.[1]]),
    );
    assert.deepEqual(found, EXPECTED, `thread ${thread} of ${what}`);
  }
}

function pidIn(stateDir: string): number {
  return Number(readFileSync(join(stateDir, "pid"), "utf8"));
}

labTest(
  "every role started by hand as root keeps two capabilities, in every thread, and works",
  { publicHosts: ["server", "relay", "left", "right"] },
  async (lab) => {
    const { coordinator, nodes } = await startMesh(lab, ["left"]);
    assertLeastAuthority(coordinator.process.pid, "meshd coordinator");
    assertLeastAuthority(nodes.get("left")?.process.pid ?? 0, "meshd daemon");

    const right = new Node(lab.host("right"));
    await lab.host("right").output([meshdProgram, "up", "--authkey", "env:KEY", "--port", "443"], {
      env: { ...right.env, KEY: coordinator.joinKey },
    });
    assertLeastAuthority(pidIn(right.stateDir), "the daemon that meshd up started");
    const { v4 = "" } = (await nodes.get("left")?.ips()) ?? {};
    await right.waitForPeers("left");
    assert.equal((await ping(lab.host("right"), v4, 3)).received, 3);

    const host = lab.host("relay");
    const { token } = JSON.parse(await coordinator.done("admin", "relay", "create", "--name", "other", "--json")) as {
      token: string;
    };
    const env = { MESHD_STATE_DIR: join(host.directory, "relay"), MESHD_SOCKET: join(host.directory, "relay.sock") };
    const relay = host.spawn([meshdProgram, "relay"], { env: { ...env, MESHD_JOIN: token } });
    await relay.waitForLine(/^It is the relay other/, 15_000);
    assertLeastAuthority(relay.pid, "meshd relay");
    await relay.stop();
    await right.done("logout");
  },
);

labTest(
  "root reads another user's key file and configuration all the same",
  { publicHosts: ["server", "left"] },
  async (lab) => {
    const { coordinator, host, node } = await startAlone(lab, "left");
    const [home, stranger] = [join(host.directory, "home"), 61_234];
    mkdirSync(home);
    for (const [name, text] of [
      ["key", coordinator.joinKey],
      ["node.toml", 'hostname = "theirs"\n'],
    ] as const) {
      writeFileSync(join(home, name), text, { mode: 0o600 });
      chownSync(join(home, name), stranger, stranger);
    }
    chmodSync(home, 0o700);
    chownSync(home, stranger, stranger);
    const files = ["--authkey", `file:${join(home, "key")}`, "--config", join(home, "node.toml")];
    const up = host.spawn([meshdProgram, "up", "--foreground", ...files], { env: node.env });
    await waitFor("running node", 15_000, async () => (await node.tryStatus())?.state === "running");
    assert.equal((await node.status()).self?.name, "theirs");
    await up.stop();
  },
);

labTest("meshd up --foreground keeps two capabilities", { publicHosts: ["server", "left"] }, async (lab) => {
  const { coordinator, host, node } = await startAlone(lab, "left");
  const up = host.spawn([meshdProgram, "up", "--foreground", "--authkey", "env:KEY"], {
    env: { ...node.env, KEY: coordinator.joinKey },
  });
  await waitFor("running node", 15_000, async () => (await node.tryStatus())?.state === "running");
  assertLeastAuthority(up.pid, "meshd up --foreground");
  await up.stop();
});

labTest("what cannot be dropped is said in one line, and the role runs", { publicHosts: ["server"] }, async (lab) => {
  const host = lab.host("server");
  const { env } = new Node(host, "coordinator");
  const contained = ["setpriv", "--bounding-set=-setpcap", "--inh-caps=-setpcap"];
  const started = host.spawn([...contained, meshdProgram, "coordinator"], { env });
  await started.waitForLine(/^The coordinator .*runs\.$/, 15_000);
  const { stderr } = await started.stop();
  const said = stderr.split("\n").filter((line) => line.startsWith("meshd: "));
  assert.equal(said.length, 1, stderr);
  assert.match(
    said[0] ?? "",
    /keeps more of root's powers than it needs: without CAP_SETPCAP none can be dropped; start/,
  );
});

labTest(
  "a node listens on no TCP port that anyone but itself reaches",
  { publicHosts: ["server", "left", "right"] },
  async (lab) => {
    await startMesh(lab, ["left", "right"]);
    for (const name of ["left", "right"]) {
      const open = (await lab.host(name).output(["ss", "-Hltn"])).trim().split("\n").filter(Boolean);
      const reachable = open.filter((line) => !/\s(?:127\.[\d.]+|\[::1\]):\d+\s/.test(line));
      assert.deepEqual(reachable, [], name);
    }
  },
);

labTest(
  "secrets stay in state: not in logs at debug, argv, environments, --json or files others can read",
  { publicHosts: ["server", "left", "right"] },
  async (lab) => {
    const { coordinator } = await startMesh(lab, ["left"], ["--log-level", "debug"]);
    const right = new Node(lab.host("right"));
    const created = await coordinator.createKey();
    await lab.host("right").output([meshdProgram, "up", "--authkey", "env:KEY", "--log-level", "debug"], {
      env: { ...right.env, KEY: created.key },
    });
    await right.waitForPeers("left");
    await coordinator.done("admin", "relay", "create", "--name", "r", "--json");

    const said: string[] = [];
    for (const verb of [
      ["status", "--json"],
      ["status"],
      ["ip"],
      ["ping", "left", "-c", "1", "--json"],
      ["why", "left", "--json"],
      ["netcheck", "--json"],
      ["version"],
      ["up", "--json"],
      ["ping", "nobody"],
    ]) {
      const { stdout, stderr } = await right.cli(verb);
      said.push(stdout, stderr);
    }
    const reports = await bugReportsOf(right, coordinator);
    said.push(...reports);
    for (const what of ["key", "node", "relay"]) said.push(await coordinator.done("admin", what, "list", "--json"));
    said.push(...logsBelow(lab.directory).map(({ text }) => withoutPrintedKeys(text)), ...processesOf(lab.hosts));

    const handedOut = lab.hosts.flatMap(({ keys }) => [...keys]);
    const secrets = secretsBelow(lab.directory, handedOut);
    const names = secrets.map(({ name }) => name.replace(/ of .*/, ""));
    for (const [name, count] of [
      ...([
        ["auth key", 2],
        ["relay token", 1],
        ["nodeSeed", 2],
        ["discoKey", 2],
      ] as const),
      ...([
        ["root_seed", 1],
        ["relay_seed", 1],
      ] as const),
    ]) {
      assert.equal(names.filter((each) => each === name).length, count, name);
    }
    const text = said.join("\n");
    assert.match(text, /meshd-dns-guard|daemon started/, "something was looked at");
    assert.deepEqual(leaksIn(text, secrets), []);
    for (const { stateDir } of [right, coordinator]) {
      assert.equal(statSync(stateDir).mode & 0o777, 0o700);
      for (const file of readdirSync(stateDir)) {
        assert.equal(statSync(join(stateDir, file)).mode & 0o077, 0, file);
      }
    }
    await right.done("logout");
  },
);

/** Of a node, of everything about it, and of a coordinator. */
async function bugReportsOf(node: Node, coordinator: Coordinator): Promise<readonly string[]> {
  return [
    await node.done("bugreport", "--out", "-"),
    await node.done("bugreport", "--out", "-", "--full"),
    await coordinator.done("bugreport", "--role", "coordinator", "--out", "-"),
  ];
}

/** Command line and environment of all that runs on these hosts. */
function processesOf(hosts: readonly Host[]): readonly string[] {
  const namespaces = new Set(hosts.map(({ namespace }) => statSync(`/run/netns/${namespace}`).ino));
  return readdirSync("/proc")
    .filter((pid) => /^\d+$/.test(pid))
    .flatMap((pid) => {
      try {
        const inode = Number(/\d+/.exec(readlinkSync(`/proc/${pid}/ns/net`))?.[0]);
        if (!namespaces.has(inode)) return [];
        return ["cmdline", "environ"].map((file) => readFileSync(`/proc/${pid}/${file}`, "utf8"));
      } catch {
        return []; // It ended meanwhile.
      }
    });
}
