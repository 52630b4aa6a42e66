// Names of the mesh on the hosts, and two machines that call themselves alike.
import assert from "node:assert/strict";
import { labTest, Node, startResolver } from "../lab/index.ts";
import { nodeOf, startMesh, startPair } from "./mesh.ts";

labTest(
  "every node resolves NAME and NAME.mesh, itself included; a second machine of one name becomes name-1",
  {
    publicHosts: ["server"],
    sites: {
      home: { kind: "port-restricted", hosts: ["laptop"] },
      cafe: { kind: "port-restricted", hosts: ["phone", "tablet"] },
    },
  },
  async (lab) => {
    const { coordinator, nodes } = await startMesh(lab, ["laptop", "phone"]);
    const tablet = new Node(lab.host("tablet"));
    await tablet.join(coordinator.joinKey, ["--hostname", "laptop"]);
    assert.equal((await tablet.status()).self?.name, "laptop-1");
    const phone = nodeOf(nodes, "phone");
    await phone.waitForPeers("laptop", "laptop-1");

    const laptopIps = await nodeOf(nodes, "laptop").ips();
    const expected = new Map([
      ["laptop", laptopIps.v4],
      ["laptop.mesh", laptopIps.v4],
      ["laptop-1", (await tablet.ips()).v4],
      ["phone", (await phone.ips()).v4],
    ]);
    for (const [name, address] of expected) {
      const found = await phone.host.output(["getent", "ahostsv4", name]);
      assert.equal(found.split(/\s/)[0], address, name);
    }
    const ipv6 = await phone.host.output(["getent", "ahostsv6", "laptop.mesh"]);
    assert.equal(ipv6.split(/\s/)[0], laptopIps.v6);
    for (const name of ["laptop", "laptop.mesh", "laptop-1.mesh"]) {
      await phone.host.output(["ping", "-c", "1", "-W", "2", name]);
    }
    assert.equal((await phone.host.run(["getent", "hosts", "nobody.mesh"])).code, 2, "an unknown name");
  },
);

labTest(
  "names of the internet resolve as before, while the node is up and after",
  { publicHosts: ["server"], sites: { home: { kind: "port-restricted", hosts: ["laptop", "desktop"] } } },
  async (lab) => {
    await startResolver(lab.host("internet"));
    const [laptop] = await startPair(lab, "laptop", "desktop");
    const lookup = (name: string) => laptop.host.run(["getent", "ahostsv4", name]);
    for (const state of ["up", "down"]) {
      await laptop.done(state);
      assert.match((await lookup("www.example")).stdout, /^203\.0\.113\.99 /, state);
      assert.equal((await lookup("www.invalid")).code, 2, state);
    }
    assert.equal((await lookup("desktop.mesh")).code, 2, "no names of the mesh once it is down");
  },
);
