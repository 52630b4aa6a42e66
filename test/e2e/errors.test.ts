// Everything that goes wrong for people: one line on stderr that says what to do, and the exit code of the command line's contract.
import assert from "node:assert/strict";
import { labTest, meshdProgram, Coordinator, Node, type Host, type RunResult } from "../lab/index.ts";
import { startAlone } from "./mesh.ts";

const exit = { failed: 1, usage: 2, notRunning: 3, notPermitted: 4, timedOut: 5 } as const;

function fails(result: RunResult, code: number, pattern: RegExp): void {
  const words = result.stderr.trim();
  assert.equal(result.code, code, `${words} ${result.stdout}`);
  assert.equal(words.split("\n").length, 1, `more than one line:\n${words}`);
  assert.match(words, pattern);
}

function up(host: Host, key: string, ...args: readonly string[]): Promise<RunResult> {
  return new Node(host).cli(["up", "--authkey", "env:KEY", ...args], { env: { KEY: key } });
}

labTest(
  "auth keys: malformed, of another mesh, used up, expired, revoked",
  { publicHosts: ["server", "other", "first", "second"] },
  async (lab) => {
    const coordinator = await Coordinator.start(lab.host("server"));
    const second = lab.host("second");
    const good = coordinator.joinKey;
    fails(await up(second, "mesh-nonsense"), exit.usage, /key/);
    fails(await up(second, good.slice(0, -9)), exit.usage, /key/);
    const typo = good.endsWith("A") ? `${good.slice(0, -1)}B` : `${good.slice(0, -1)}A`;
    fails(await up(second, typo), exit.usage, /key/);

    const single = await coordinator.createKey();
    await new Node(lab.host("first")).join(single.key);
    fails(await up(second, single.key), exit.failed, /used/);

    const short = await coordinator.createKey("--expires", "1s");
    await new Promise((resolve) => setTimeout(resolve, 1100));
    fails(await up(second, short.key), exit.failed, /expired/);

    const revoked = await coordinator.createKey();
    await coordinator.done("admin", "key", "revoke", revoked.id);
    fails(await up(second, revoked.key), exit.failed, /revoked|unknown/);

    // Another coordinator in the place of the one that made the key.
    await coordinator.stop();
    const impostor = new Node(lab.host("server"), "impostor");
    const started = impostor.host.spawn([meshdProgram, "coordinator"], { env: impostor.env });
    await started.waitForLine(/runs\.$/);
    fails(await up(second, good), exit.failed, /coordinator/);
    await started.stop();
  },
);

labTest(
  "a mesh whose addresses the host uses already: named, and the same single-use key is good once they are free",
  { publicHosts: ["server", "laptop"] },
  async (lab) => {
    const { coordinator, host, node } = await startAlone(lab, "laptop");
    const single = await coordinator.createKey();
    await host.output(["ip", "link", "add", "wwan0", "type", "veth", "peer", "name", "modem"]);
    await host.output(["ip", "address", "add", "100.64.0.1/10", "dev", "wwan0"]);
    await host.output(["ip", "link", "set", "wwan0", "up"]);
    await host.output(["ip", "link", "set", "modem", "up"]);
    fails(await up(host, single.key), exit.failed, /100\.64\.0\.0\/10 on wwan0.*key was not used/);

    await host.output(["ip", "link", "delete", "wwan0"]);
    await node.join(single.key);
    assert.equal((await node.status()).state, "running");
  },
);

labTest("coordinator away: times out and says so", { publicHosts: ["server", "laptop"] }, async (lab) => {
  const { coordinator, host } = await startAlone(lab, "laptop");
  await coordinator.stop();
  fails(await up(host, coordinator.joinKey, "--timeout", "2s"), exit.timedOut, /coordinator/);
});

labTest("no TUN device, no root, no daemon, a taken port", { publicHosts: ["server", "laptop"] }, async (lab) => {
  const { coordinator, host, node } = await startAlone(lab, "laptop");
  const env = { ...node.env, KEY: coordinator.joinKey };
  const upLine = `${meshdProgram} up --authkey env:KEY`;

  const hidden = `mount -t tmpfs none /dev/net && exec ${upLine}`;
  fails(await host.run(["unshare", "--mount", "sh", "-c", hidden], { env }), exit.failed, /\/dev\/net\/tun/);

  // Reading is allowed, so that the program itself may lie in a folder of root's; everything else is as for anyone.
  const nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--no-new-privs"];
  const reading = ["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"];
  fails(
    await host.run([...nobody, ...reading, "sh", "-c", upLine], { env }),
    exit.notPermitted,
    /only root can start it; type `sudo meshd up/,
  );

  for (const verb of [["status"], ["ip"], ["ping", "laptop"], ["down"]]) {
    fails(await node.cli(verb), exit.notRunning, /not running/);
  }

  const taken = host.spawn([
    process.execPath,
    "-e",
    "require('dgram').createSocket('udp4').bind(4500,()=>console.log('bound'))",
  ]);
  await taken.waitForLine(/bound/);
  fails(await up(host, coordinator.joinKey, "--port", "4500"), exit.failed, /4500/);
  await taken.stop();
});

labTest(
  "a second daemon or coordinator on the same state, or on the same port",
  { publicHosts: ["server"] },
  async (lab) => {
    const host = lab.host("server");
    const coordinator = await Coordinator.start(host);
    const node = new Node(host);
    await node.join(coordinator.joinKey);
    const elsewhere = { MESHD_SOCKET: `${node.socket}.2` };
    fails(await node.cli(["daemon"], { env: elsewhere }), exit.failed, /runs|running|in use|taken/);
    fails(await node.cli(["daemon"]), exit.failed, /runs|running|in use|taken/);
    fails(await coordinator.cli(["coordinator"]), exit.failed, /runs|running|in use|taken/);
    const other = new Node(host, "other");
    fails(await other.cli(["coordinator"]), exit.failed, /443/);
    assert.equal((await node.status()).state, "running", "the first daemon is unharmed");
  },
);

labTest("wrong usage: exit code 2 and the nearest name", { publicHosts: ["server"] }, async (lab) => {
  const node = new Node(lab.host("server"));
  fails(await node.cli(["statsu"]), exit.usage, /status/);
  fails(await node.cli(["up", "--authkee", "x"]), exit.usage, /authkey/);
  fails(await node.cli(["up", "--authkey", "file:/nonexistent"]), exit.usage, /nonexistent/);
});
