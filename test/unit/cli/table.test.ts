import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createProgress } from "../../../src/cli/progress.ts";
import { renderStatus } from "../../../src/cli/status-text.ts";
import { formatBytes, formatDuration, formatMs, paintFor, renderTable } from "../../../src/cli/table.ts";
import type { NodeStatus, PeerStatus } from "../../../src/local-api/node-api.ts";

const plain = paintFor({}, {});
const NOW = Date.parse("2026-11-24T10:00:00Z");

const PEER: PeerStatus = {
  name: "nas",
  dnsName: "nas.mesh",
  key: "nodekey:x",
  ips: ["100.64.0.2", "fd7a::2"],
  tags: [],
  online: true,
  routes: [],
  path: { kind: "direct", address: "198.51.100.9:41641", rttMs: 12.34, since: "2026-11-24T09:57:00Z" },
  paths: [],
  rxBytes: 1_500_000,
  txBytes: 12,
};

const STATUS: NodeStatus = {
  version: "0.1.0",
  state: "running",
  self: {
    name: "laptop",
    dnsName: "laptop.mesh",
    key: "nodekey:y",
    ips: ["100.64.0.1"],
    tags: [],
    endpoints: [],
    homeRelay: "main",
  },
  coordinator: { url: "https://192.0.2.1:443", connected: false, netmapVersion: 3 },
  health: ["something is odd"],
  drops: {},
  peers: [
    { ...PEER, name: "zz", online: false, path: { kind: "none" }, rxBytes: 0, txBytes: 0 },
    PEER,
    { ...PEER, name: "phone", path: { kind: "relay-udp", relay: "main", address: "192.0.2.1:443", rttMs: 0.5 } },
  ],
};

describe("tables", () => {
  it("aligns by what is visible", () => {
    const paint = paintFor({ isTTY: true }, {});
    const text = renderTable(
      [{ title: "A" }, { title: "B", align: "right" }],
      [
        [paint("green", "xyz"), "1"],
        ["q", "22"],
      ],
    );
    assert.deepEqual(
      // eslint-disable-next-line no-control-regex -- escapes are what is removed
      text.split("\n").map((line) => line.replace(/\x1b\[\d+m/g, "")),
      ["A     B", "xyz   1", "q    22"],
    );
  });

  it("paints only on a terminal without NO_COLOR", () => {
    assert.equal(paintFor({ isTTY: true }, { NO_COLOR: "1" })("red", "x"), "x");
    assert.equal(paintFor({}, {})("red", "x"), "x");
    assert.equal(paintFor({ isTTY: true }, {})("red", "x"), "\x1b[31mx\x1b[39m");
  });

  it("formats quantities", () => {
    assert.deepEqual([0, 999, 1000, 1_500_000, 123_456_789].map(formatBytes), [
      "0 B",
      "999 B",
      "1.0 kB",
      "1.5 MB",
      "123 MB",
    ]);
    assert.deepEqual([0.123, 12.34, 210].map(formatMs), ["0.12 ms", "12.3 ms", "210 ms"]);
    assert.deepEqual([5000, 180_000, 7_200_000, 200_000_000].map(formatDuration), ["5 s", "3 min", "2 h", "2 d"]);
  });
});

describe("status for people", () => {
  it("shows self, peers with their paths, and warnings", () => {
    assert.equal(
      renderStatus(STATUS, plain, NOW),
      [
        "laptop  100.64.0.1  connected",
        "coordinator https://192.0.2.1:443 away",
        "",
        "PEER   IP          PATH                           RTT  RECEIVED  SENT  SINCE",
        "nas    100.64.0.2  direct 198.51.100.9:41641  12.3 ms    1.5 MB  12 B  3 min",
        "phone  100.64.0.2  relay main                 0.50 ms    1.5 MB  12 B",
        "zz     100.64.0.2  offline",
        "",
        "! something is odd",
      ].join("\n"),
    );
  });

  it("says what to type where the node is not joined", () => {
    const { self: _, coordinator: __, ...rest } = STATUS;
    assert.match(
      renderStatus({ ...rest, state: "needs-login", peers: [], health: [] }, plain, NOW),
      /meshd up --authkey/,
    );
  });
});

describe("progress", () => {
  it("rewrites one line on a terminal, within its width, and is silent elsewhere", () => {
    const written: string[] = [];
    const progress = createProgress({ isTTY: true, columns: 30, write: (text: string) => written.push(text) });
    progress.step("x".repeat(100));
    progress.clear();
    assert.deepEqual(written, [`\r\x1b[2K${"x".repeat(29)}`, "\r\x1b[2K"]);
    createProgress({ write: () => assert.fail() }).step("quiet");
  });
});
