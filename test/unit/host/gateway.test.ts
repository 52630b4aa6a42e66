import assert from "node:assert/strict";
import { test } from "node:test";
import { parseRoutes4, parseRoutes6 } from "../../../src/host/gateway.ts";

const ROUTES4 = `Iface	Destination	Gateway 	Flags	RefCnt	Use	Metric	Mask		MTU	Window	IRTT
wlan0	00000000	0102A8C0	0003	0	0	600	00000000	0	0	0
eth0	00000000	0101A8C0	0003	0	0	100	00000000	0	0	0
eth0	0001A8C0	00000000	0001	0	0	100	00FFFFFF	0	0	0
`;
const NONE = "00000000000000000000000000000000";
const ROUTES6 = `20010db8000000000000000000000000 40 ${NONE} 00 ${NONE} 00000100 00000001 00000000 00000001     eth0
${NONE} 00 ${NONE} 00 fe800000000000000000000000000001 00000400 00000001 00000000 00000003     eth0
${NONE} 00 ${NONE} 00 ${NONE} ffffffff 00000001 00000000 00200200       lo
`;

test("the default route of lowest metric, in the kernel's byte order", () => {
  assert.deepEqual(parseRoutes4(ROUTES4, "meshd0"), { ip: "192.168.1.1", interfaceName: "eth0" });
  assert.deepEqual(parseRoutes4(ROUTES4, "eth0"), { ip: "192.168.2.1", interfaceName: "wlan0" });
  assert.deepEqual(parseRoutes6(ROUTES6, "meshd0"), { ip: "fe80::1", interfaceName: "eth0" });
});

test("routes that are down, reject, or have no router lead nowhere", () => {
  assert.equal(parseRoutes4(ROUTES4.replaceAll("\t0003", "\t0002"), ""), undefined);
  assert.equal(parseRoutes4(ROUTES4.replaceAll("\t0003", "\t0001"), ""), undefined);
  assert.equal(parseRoutes4(ROUTES4.replaceAll("\t0003", "\t0203"), ""), undefined);
  assert.equal(parseRoutes6(ROUTES6, "eth0"), undefined);
  for (const table of ["", "nonsense", "a b c\nd e f"]) {
    assert.equal(parseRoutes4(table, ""), undefined);
    assert.equal(parseRoutes6(table, ""), undefined);
  }
});
