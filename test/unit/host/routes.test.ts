import assert from "node:assert/strict";
import { test } from "node:test";
import { hostRoutes, routes4, routes6 } from "../../../src/host/routes.ts";

const NONE = "00000000000000000000000000000000";

test("routes of IPv4 come in the kernel's byte order, with their masks", () => {
  const table = `Iface	Destination	Gateway 	Flags	RefCnt	Use	Metric	Mask		MTU	Window	IRTT
eth0	00000000	0101A8C0	0003	0	0	100	00000000	0	0	0
eth0	0001A8C0	00000000	0001	0	0	100	00FFFFFF	0	0	0
mesh0	00004064	00000000	0001	0	0	0	0000C0FF	0	0	0
*	0000000A	00000000	0201	0	0	0	000000FF	0	0	0
eth1	0000000A	00000000	0000	0	0	0	000000FF	0	0	0
`;
  assert.deepEqual(routes4(table), [
    { destination: "0.0.0.0/0", device: "eth0" },
    { destination: "192.168.1.0/24", device: "eth0" },
    { destination: "100.64.0.0/10", device: "mesh0" },
  ]);
});

test("routes of IPv6 come without the host's own addresses and what is rejected", () => {
  const table = `fd7a0000000000000000000000000000 30 ${NONE} 00 ${NONE} 00000100 00000001 00000000 00000001     eth0
fd7a0000000000000000000000000002 80 ${NONE} 00 ${NONE} 00000000 00000004 00000000 80200001     eth0
${NONE} 00 ${NONE} 00 fe800000000000000000000000000001 00000400 00000003 00000000 00000003     eth0
${NONE} 00 ${NONE} 00 ${NONE} ffffffff 00000001 00000000 00200200       lo
`;
  assert.deepEqual(routes6(table), [
    { destination: "fd7a::/48", device: "eth0" },
    { destination: "::/0", device: "eth0" },
  ]);
});

test("what is no table has no routes", () => {
  for (const table of ["", "nonsense", "a b c\nd e f"]) assert.deepEqual([...routes4(table), ...routes6(table)], []);
});

test("this host's tables can be read", () => {
  for (const { destination, device } of hostRoutes()) {
    assert.match(destination, /^[0-9a-f.:]+\/\d+$/);
    assert.notEqual(device, "");
  }
});
