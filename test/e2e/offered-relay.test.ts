// Relays that nodes offer to their mesh: used where they are nearer, left when they die, and taken only at the coordinator's own proof.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { RelayRecord } from "../../src/local-api/admin-api.ts";
import type { PathStatus } from "../../src/local-api/node-api.ts";
import {
  Coordinator,
  type Host,
  Node,
  type PlannedSite,
  silenceDuring,
  SiteLab,
  siteType,
  waitFor,
} from "../lab/index.ts";

const STANDBY_MS = 2000;
/** "No effect" on pings, on a machine that is busy starting a coordinator. */
const NO_EFFECT_MS = 500;
/** After a change, to see that nothing follows. */
const AFTERMATH_MS = 3000;
/** To the coordinator and its relay, each way; everybody else is at most 10 ms from the middle. */
const FAR_MS = 60;

const site = (name: string, type: Parameters<typeof siteType>[0], host: string): PlannedSite => ({
  name,
  type: siteType(type),
  hosts: [host],
});

/** A lab whose coordinator is far away. */
async function farCoordinator(
  sites: readonly PlannedSite[],
): Promise<{ readonly lab: SiteLab; coordinator: Coordinator }> {
  const lab = await SiteLab.create([], [site("far", "public", "server"), ...sites]);
  await lab.setOption("far", "delay", FAR_MS);
  return { lab, coordinator: await Coordinator.start(lab.host("server")) };
}

async function joined(coordinator: Coordinator, host: Host): Promise<Node> {
  const node = new Node(host);
  await node.join(coordinator.joinKey);
  return node;
}

/** Two nodes that cannot meet directly, far from the coordinator, and one that is near to both. */
async function farPair(more: readonly PlannedSite[] = []) {
  const { lab, coordinator } = await farCoordinator([
    site("hotel", "symmetric-random", "tablet"),
    site("airport", "symmetric-random", "watch"),
    site("exchange", "public", "anchor"),
    ...more,
  ]);
  await lab.setOption("exchange", "delay", 1);
  const tablet = await joined(coordinator, lab.host("tablet"));
  const watch = await joined(coordinator, lab.host("watch"));
  const anchor = await joined(coordinator, lab.host("anchor"));
  await watch.waitForPeers("tablet", "anchor");
  const { v4 } = await tablet.ips();
  return { lab, coordinator, tablet, watch, anchor, v4 };
}

async function listed(coordinator: Coordinator, name: string): Promise<RelayRecord | undefined> {
  const records = JSON.parse(await coordinator.done("admin", "relay", "list", "--json")) as readonly RelayRecord[];
  return records.find((record) => record.name === name);
}

async function offers(node: Node, state: string): Promise<void> {
  await waitFor(
    `an offer that is ${state}`,
    10_000,
    async () => (await node.status()).self?.offeredRelay?.state === state,
  );
}

/** The path that packets use, once it leads through that relay and was measured. */
async function waitForRelay(node: Node, peer: string, relay: string): Promise<PathStatus> {
  let path: PathStatus | undefined;
  await waitFor(
    `path through ${relay}`,
    30_000,
    async () => {
      path = (await node.peer(peer))?.path;
      return path?.relay === relay && path.rttMs !== undefined;
    },
    () => JSON.stringify(path),
  );
  assert.ok(path);
  return path;
}

/** Notes the relays through which packets to that peer go ("": none), until told to stop. */
async function followPath(node: Node, peer: string, used: Set<string>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    used.add((await node.peer(peer))?.path.relay ?? "");
    await sleep(50);
  }
}

/** The host's control channel goes silent in both directions; its relay is reached as before. */
async function dropControl(host: Host): Promise<void> {
  await host.output(["nft", "add table inet silence"]);
  for (const [hook, rule] of [
    ["output", "tcp dport 443 drop"],
    ["input", "tcp sport 443 drop"],
  ]) {
    await host.output(["nft", `add chain inet silence ${hook} { type filter hook ${hook} priority 0; }`]);
    await host.output(["nft", `add rule inet silence ${hook} ${rule}`]);
  }
}

async function allowControl(host: Host): Promise<void> {
  await host.output(["nft", "delete table inet silence"]);
}

test(
  "two nodes meet at a member's relay that is nearer, and at the coordinator's again when it dies",
  { timeout: 120_000 },
  async () => {
    const { lab, coordinator, tablet, watch, anchor, v4 } = await farPair([site("office", "udp-blocked", "desk")]);
    using _ = lab;
    const desk = await joined(coordinator, lab.host("desk"));
    await watch.waitForPeers("desk");
    const pinging = watch.host.spawn(["ping", "-n", "-i", "0.2", v4]);
    const before = await waitForRelay(watch, "tablet", "main");

    await anchor.done("up", "--offer-relay");
    await offers(anchor, "accepted");
    const record = await listed(coordinator, "anchor");
    assert.deepEqual([record?.state, record?.offeredBy], ["online", "anchor"]);
    const after = await waitForRelay(watch, "tablet", "anchor");
    await waitForRelay(tablet, "watch", "anchor");
    assert.ok((after.rttMs ?? Infinity) < (before.rttMs ?? 0) / 2, `${before.rttMs} ms, then ${after.rttMs} ms`);
    await waitFor("home", 5000, async () => (await tablet.status()).self?.homeRelay === "anchor");
    await pinging.stop();
    // A node never goes by way of its own relay, and one without UDP reaches those whose home it cannot reach.
    assert.notEqual((await anchor.status()).self?.homeRelay, "anchor");
    await waitFor("a reply", 5000, async () => (await desk.host.run(["ping", "-c", "1", "-W", "1", v4])).code === 0);

    const { ms: silence } = await silenceDuring(watch.host, v4, async () => {
      await anchor.kill();
      await sleep(2 * STANDBY_MS);
    });
    process.stdout.write(
      `rtt ${before.rttMs} ms, ${after.rttMs} ms by the offered relay; its death cost ${silence.toFixed(0)} ms\n`,
    );
    assert.ok(silence < STANDBY_MS, `no reply for ${silence} ms`);
    await waitForRelay(watch, "tablet", "main");
    assert.equal((await listed(coordinator, "anchor"))?.state, "offline");
  },
);

test(
  "a coordinator that is killed and started again disturbs nobody at a member's relay",
  { timeout: 90_000 },
  async () => {
    const { lab, coordinator, tablet, watch, anchor, v4 } = await farPair();
    using _ = lab;
    await anchor.done("up", "--offer-relay");
    await offers(anchor, "accepted");
    const warming = watch.host.spawn(["ping", "-n", "-i", "0.2", v4]);
    await waitForRelay(watch, "tablet", "anchor");
    await waitForRelay(tablet, "watch", "anchor");
    await warming.stop();

    const used = new Set<string>();
    const watching = new AbortController();
    const isConnected = async (node: Node): Promise<boolean> => (await node.status()).coordinator?.connected === true;
    const { ms: silence } = await silenceDuring(watch.host, v4, async () => {
      const looking = followPath(watch, "tablet", used, watching.signal);
      try {
        // Who offers is the last to come back: what the others hear first does not come from it.
        await dropControl(anchor.host);
        await coordinator.kill();
        await coordinator.start();
        for (const node of [tablet, watch]) await waitFor("the coordinator again", 20_000, () => isConnected(node));
        assert.equal((await listed(coordinator, "anchor"))?.state, "offline");
        await sleep(AFTERMATH_MS);
        await allowControl(anchor.host);
        await waitFor("the offer again", 30_000, async () => (await listed(coordinator, "anchor"))?.state === "online");
        await sleep(AFTERMATH_MS);
      } finally {
        watching.abort();
        await looking;
      }
    });
    process.stdout.write(`a coordinator's restart cost ${silence.toFixed(0)} ms\n`);
    assert.deepEqual([...used], ["anchor"]);
    assert.ok(silence < NO_EFFECT_MS, `no reply for ${silence} ms`);
  },
);

test("a relay that the coordinator cannot reach is nobody's, and its node says why", { timeout: 90_000 }, async () => {
  const { lab, coordinator } = await farCoordinator([
    site("home", "port-restricted", "hidden"),
    site("flat", "port-mapping", "mapped"),
  ]);
  using _ = lab;
  const hidden = await joined(coordinator, lab.host("hidden"));
  const mapped = await joined(coordinator, lab.host("mapped"));
  await hidden.done("up", "--offer-relay", "--relay-port", "5000");
  await offers(hidden, "unreachable");
  assert.match((await hidden.status()).health.join("\n"), /cannot reach it at .*:5000.* open UDP port 5000 .*router/);
  assert.match(await hidden.done("status"), /offered relay .*:5000 .*not reachable/);
  assert.equal((await listed(coordinator, "hidden"))?.state, "unreachable");
  // A port that the router gives is as good as a public address.
  await mapped.done("up", "--offer-relay");
  await offers(mapped, "accepted");
  await waitFor("the mesh's relays", 5000, async () => {
    const { relays } = JSON.parse(await hidden.done("netcheck", "--json")) as { relays: readonly { name: string }[] };
    return (
      relays
        .map(({ name }) => name)
        .sort()
        .join() === "main,mapped"
    );
  });
  await hidden.done("up", "--offer-relay=false");
  const { self, health } = await hidden.status();
  assert.deepEqual([self?.offeredRelay, health], [undefined, []]);
  await waitFor("end of the offer", 5000, async () => (await listed(coordinator, "hidden")) === undefined);
});

test("an operator refuses one offered relay, for good, and allows it again", { timeout: 60_000 }, async () => {
  using lab = await SiteLab.create(["server", "anchor", "other"], []);
  const coordinator = await Coordinator.start(lab.host("server"));
  const anchor = new Node(lab.host("anchor"));
  await anchor.join(coordinator.joinKey, ["--offer-relay"]);
  const other = await joined(coordinator, lab.host("other"));
  const isKnown = async (): Promise<boolean> => {
    const { relays } = JSON.parse(await other.done("netcheck", "--json")) as { relays: readonly { name: string }[] };
    return relays.some(({ name }) => name === "anchor");
  };
  await offers(anchor, "accepted");
  await waitFor("the relay at another node", 5000, isKnown);

  assert.match(await coordinator.done("admin", "relay", "remove", "anchor"), /is refused; .*relay allow anchor/);
  await offers(anchor, "refused");
  assert.match((await anchor.status()).health.join("\n"), /refuses the relay .* takes the offer back/);
  assert.match(await anchor.done("status"), /offered relay .*refused by the operator/);
  await waitFor("nothing of it at another node", 5000, async () => !(await isKnown()));
  assert.equal((await listed(coordinator, "anchor"))?.state, "refused");

  await coordinator.stop();
  await coordinator.start();
  await waitFor("the coordinator again", 20_000, async () => (await anchor.status()).coordinator?.connected === true);
  await offers(anchor, "refused");
  await coordinator.done("admin", "relay", "allow", "anchor");
  await offers(anchor, "accepted");
});

test("an operator may refuse offers", { timeout: 60_000 }, async () => {
  using lab = await SiteLab.create(["server", "anchor"], []);
  const coordinator = await Coordinator.start(lab.host("server"), ["--no-offered-relays"]);
  const anchor = new Node(lab.host("anchor"));
  await anchor.join(coordinator.joinKey, ["--offer-relay"]);
  await offers(anchor, "not-wanted");
  assert.match((await anchor.status()).health.join("\n"), /takes no relays/);
  assert.equal(await listed(coordinator, "anchor"), undefined);
});
