// The report as its reader gets it, from made-up roles: what is in it, what is missing, and that names are the same word in every part.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { configurationOf, withoutSecrets } from "../../../src/cli/bugreport/configuration.ts";
import { stateFiles } from "../../../src/cli/bugreport/host-facts.ts";
import { learnNames } from "../../../src/cli/bugreport/names.ts";
import { Redactor } from "../../../src/cli/bugreport/redact.ts";
import { renderReport } from "../../../src/cli/bugreport/render.ts";
import { roleParts } from "../../../src/cli/bugreport/role-parts.ts";
import { isMissing } from "../../../src/cli/bugreport/section.ts";
import { endOf } from "../../../src/cli/bugreport/written-log.ts";
import { runCommand } from "../../../src/cli/program.ts";
import { diagnosticsRoute } from "../../../src/local-api/diagnostics.ts";
import { createLocalApiClient, type LocalApiServer, type Route, serveLocalApi } from "../../../src/local-api/index.ts";

const LOG = [
  JSON.stringify({ level: 30, msg: "203.0.113.5:41641 answered", peer: "nas" }),
  JSON.stringify({ level: 20, msg: "home relay: frankfurt" }),
];

const json = (path: string, body: unknown, method: "GET" | "POST" = "GET"): Route => ({
  ...{ method, path, access: "read" as const },
  handle: () => ({ kind: "json", body }),
});

const peer = (name: string, kind: string) => ({
  ...{ name, dnsName: `${name}.mesh.example`, online: true, path: { kind }, paths: [], rxBytes: 0, txBytes: 9 },
});

const ROUTES: readonly Route[] = [
  json("/v1/status", {
    state: "running",
    self: { name: "laptop" },
    peers: [peer("nas", "relay-udp"), peer("tv", "direct")],
  }),
  json("/v1/netcheck", { udp: true, relays: [{ name: "frankfurt" }] }, "POST"),
  json("/v1/why/:node", { name: "nas", blocker: "both NATs are hard" }),
  {
    ...{ method: "GET", path: "/metrics", access: "read" },
    handle: () => ({ kind: "text", body: 'meshd_peer_online{peer="nas"} 1\n', contentType: "text/plain" }),
  },
  diagnosticsRoute(() => LOG),
];

describe("a bug report", () => {
  const directory = mkdtempSync(join(tmpdir(), "meshd-bugreport-"));
  const socketPath = join(directory, "node.sock");
  let server: LocalApiServer;
  let uid = 0;

  before(async () => {
    server = await serveLocalApi({
      ...{ socketPath, role: "daemon", routes: ROUTES },
      credentials: () => ({ pid: 1, uid, gid: 0 }),
    });
  });
  after(async () => {
    await server.close();
    rmSync(directory, { recursive: true });
  });
  const collect = (path = socketPath) => roleParts("node", createLocalApiClient(path, "daemon"), () => undefined);

  it("has what the daemon knows, with one word for each name", async () => {
    const parts = await collect();
    const redactor = new Redactor({ full: false });
    learnNames(redactor, parts, false);
    const text = renderReport({ version: "1", role: "node", made: "now", full: false }, parts, redactor);
    for (const title of ["status", "netcheck", "why node-2", "metrics", "process", "log"])
      assert.match(text, new RegExp(`^== ${title} ==$`, "m"));
    assert.doesNotMatch(text, /laptop|\bnas\b|frankfurt|mesh\.example|203\.0\.113\.5|Missing/);
    assert.match(text, /meshd_peer_online\{peer="node-2"\} 1/);
    assert.match(text, /\{"level":30,"msg":"public-ip-1:41641 answered","peer":"node-2"\}/);
    assert.match(text, /"msg":"home relay: relay-1"/);
    assert.match(text, /"maxMs": [\d.]+/);
  });

  it("keeps names with --full", async () => {
    const redactor = new Redactor({ full: true });
    const text = renderReport({ version: "1", role: "node", made: "now", full: true }, await collect(), redactor);
    assert.match(text, /203\.0\.113\.5:41641 answered/);
    assert.match(text, /as they are \(--full\)/);
  });

  it("leaves the log to those who may change the daemon, and says so", async () => {
    uid = 4321;
    const parts = await collect();
    uid = 0;
    const missing = parts.filter(isMissing);
    assert.deepEqual(
      missing.map(({ title }) => title),
      ["process", "log"],
    );
    assert.match(missing[0]?.reason ?? "", /may not change the daemon; run this as root/);
  });

  it("says what is missing while the daemon is down", async () => {
    const parts = await collect(join(directory, "nobody.sock"));
    assert.ok(parts.every(isMissing));
    const text = renderReport(
      { version: "1", role: "node", made: "now", full: false },
      parts,
      new Redactor({ full: false }),
    );
    assert.match(text, /^Missing: log: the daemon is not running/m);
  });

  it("is a new file, for its owner only, and never replaces one", async () => {
    const out = join(directory, "report.txt");
    const command = ["bugreport", "--socket", socketPath, "--state-dir", directory, "--out"];
    assert.equal(await runCommand([...command, out]), 0);
    assert.equal(statSync(out).mode & 0o777, 0o600);
    const first = readFileSync(out, "utf8");
    assert.match(first, /^meshd \S+: bug report of a node/);
    assert.equal(await runCommand([...command, out]), 2);
    const link = join(directory, "link.txt");
    symlinkSync(join(directory, "elsewhere"), link);
    assert.equal(await runCommand([...command, link]), 2);
    assert.equal(readFileSync(out, "utf8"), first);
  });
});

describe("what a bug report says of files", () => {
  const directory = mkdtempSync(join(tmpdir(), "meshd-bugreport-files-"));
  after(() => rmSync(directory, { recursive: true }));

  it("is their names, modes, sizes and versions, never what is in them", () => {
    mkdirSync(join(directory, "state"));
    writeFileSync(join(directory, "state/identity.json"), '{"version":3,"nodeSeed":"hidden"}', { mode: 0o600 });
    writeFileSync(join(directory, "state/blob"), "hidden", { mode: 0o640 });
    const files = JSON.stringify(stateFiles(join(directory, "state")));
    assert.match(files, /"name":"identity.json","mode":"0600".*"version":3/);
    assert.match(files, /"name":"blob","mode":"0640","uid":\d+,"bytes":6/);
    assert.doesNotMatch(files, /hidden/);
  });

  it("is a configuration without its secrets, even misplaced or broken", () => {
    const table = { authkey: "hidden", "x-AuthKey": "hidden", join: "hidden", port: 7, hostname: "laptop" };
    assert.deepEqual(withoutSecrets(table), {
      ...{ authkey: "[secret]", "x-AuthKey": "[secret]", join: "[secret]", port: 7, hostname: "laptop" },
    });
    const broken = join(directory, "broken.toml");
    writeFileSync(broken, 'port = 1\nauthkey = "hidden\n');
    assert.throws(
      () => configurationOf(broken),
      (error: Error) => error.message.includes("not valid TOML, line 2") && !error.message.includes("hidden"),
    );
    assert.equal(configurationOf("/nowhere.toml"), "no /nowhere.toml");
  });

  it("is the end of a long log, in whole lines", () => {
    const log = join(directory, "daemon.log");
    writeFileSync(log, Array.from({ length: 20_000 }, (_, number) => `line ${String(number)}`).join("\n"));
    const end = endOf(log) ?? "";
    assert.ok(end.length <= 128 << 10);
    assert.match(end, /^line \d+\n/);
    assert.match(end, /\nline 19999$/);
    assert.equal(endOf(join(directory, "none.log")), undefined);
  });
});
