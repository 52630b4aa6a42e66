// The environment: MESHD_ variables that no option has are said once, in one line, with the nearest that one has; and what other variables
// hold, however wrong, is named or of no effect. A variable that src reads and that has no row here fails.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { glob } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { chooseProxy } from "../../../src/channel/proxy.ts";
import { paintFor } from "../../../src/cli/table.ts";
import { defaultSocketPath, defaultStateDirectory } from "../../../src/host/directories.ts";
import { repository, run } from "./command-line.ts";

const directory = mkdtempSync(join(tmpdir(), "meshd-bad-environment-"));
after(() => rmSync(directory, { recursive: true }));
const socket = join(directory, "none.sock");

describe("MESHD_ variables that no option has", () => {
  const cases: readonly (readonly [env: Readonly<Record<string, string>>, says: RegExp])[] = [
    [
      { MESHD_LISSTEN: ":1" },
      /^meshd: an environment variable that .*: MESHD_LISSTEN \(did you mean MESHD_LISTEN\?\)$/,
    ],
    [{ MESHD_STATEDIR: "/x" }, /MESHD_STATEDIR \(did you mean MESHD_STATE_DIR\?\)$/],
    [{ MESHD_FROBNICATE: "" }, /ignored: MESHD_FROBNICATE$/],
    [{ MESHD_JSON: "1" }, /MESHD_JSON \(--json counts on the command line only\)$/],
    [{ MESHD_CLEANUP: "1" }, /MESHD_CLEANUP \(--cleanup counts on the command line only\)$/],
    [{ MESHD_: "" }, /ignored: MESHD_$/],
    [{ "MESHD_\x1b[2J": "x" }, /ignored: MESHD_\\x1b\[2J$/],
    [
      { MESHD_B: "", MESHD_HOST_NAME: "" },
      /variables that .*: MESHD_B, MESHD_HOST_NAME \(did you mean MESHD_HOSTNAME\?\)$/,
    ],
    [Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`MESHD_Q${String(index)}`, ""])), /MESHD_Q4, 4 more$/],
  ];

  it("are said in one line, and nothing else changes", async () => {
    for (const [env, says] of cases) {
      const { exitCode, stderr } = await run(["status", "--socket", socket], env);
      assert.equal(exitCode, 3, stderr);
      const [warning = "", failure = "", end] = stderr.split("\n");
      assert.match(warning, says);
      assert.match(failure, /^meshd: the daemon is not running/);
      assert.equal(end, "");
    }
  });

  it("are said once, though a role begins itself anew to drop root's powers", async () => {
    const env = { MESHD_JION: "x", MESHD_STATE_DIR: join(directory, "relay"), MESHD_SOCKET: socket };
    const { stderr } = await run(["relay", "--listen=127.0.0.1:0", "--join=nonsense"], env);
    assert.equal(stderr.split("MESHD_JION (did you mean MESHD_JOIN?)").length, 2, stderr);
  });

  it("are none where an option has them, of whatever command, or where a key is kept in one", async () => {
    const env = { MESHD_LISTEN: ":1", MESHD_EXPIRES: "1h", MESHD_OWN_KEY: "mesh-x", MESHD_SOCKET: socket };
    assert.match((await run(["status"], { ...env, MESHD_OWN_KEY: "" })).stderr, /ignored: MESHD_OWN_KEY\n/);
    const { exitCode, stderr } = await run(["up", "--authkey=env:MESHD_OWN_KEY"], env);
    assert.equal(exitCode, 2);
    assert.match(stderr, /^meshd: [^\n]*key[^\n]*\n$/);
    assert.doesNotMatch(stderr, /ignored/);
  });
});

describe("other variables", () => {
  const proxy = (env: Readonly<Record<string, string>>) => chooseProxy({ host: "192.0.2.1", port: 443 }, env).kind;
  const malformed = [
    "http://",
    "socks5://proxy",
    "http://[::1",
    "http://a b",
    "http://x:99999",
    "\0",
    "://",
    "ftp://x",
  ];
  const stateOf = (env: Readonly<Record<string, string>>) => defaultStateDirectory("node", { env, uid: 1000 });

  const ROWS: Readonly<Record<string, () => void | Promise<void>>> = {
    HTTPS_PROXY: () => {
      for (const text of malformed) assert.equal(proxy({ HTTPS_PROXY: text }), "malformed", text);
      assert.equal(proxy({ HTTPS_PROXY: "" }), "none");
    },
    https_proxy: () => {
      for (const text of malformed) assert.equal(proxy({ https_proxy: text }), "malformed", text);
    },
    NO_PROXY: () => {
      for (const text of [",", ":", "[", "::::", "\0", ".".repeat(100_000), "*."]) {
        assert.equal(proxy({ HTTPS_PROXY: "http://x", NO_PROXY: text }), "proxy", text.slice(0, 9));
      }
    },
    no_proxy: () => assert.equal(proxy({ HTTPS_PROXY: "http://x", no_proxy: "[[" }), "proxy"),
    STATE_DIRECTORY: () => {
      const env = { HOME: "/home/ann" };
      assert.equal(stateOf({ ...env, STATE_DIRECTORY: "" }), "/home/ann/.local/state/meshd/node");
      assert.equal(stateOf({ ...env, STATE_DIRECTORY: ":/x" }), "/home/ann/.local/state/meshd/node");
      assert.equal(stateOf({ ...env, STATE_DIRECTORY: "/a:/b" }), "/a");
    },
    // XDG Base Directory Specification: a relative path is to be ignored.
    XDG_STATE_HOME: () => {
      for (const XDG_STATE_HOME of ["", "relative", "./x", "~"]) {
        assert.equal(stateOf({ HOME: "/home/ann", XDG_STATE_HOME }), "/home/ann/.local/state/meshd/node");
      }
    },
    HOME: () => {
      for (const HOME of ["", "relative"]) assert.match(stateOf({ HOME }), /^\/.*\/\.local\/state\/meshd\/node$/);
    },
    XDG_RUNTIME_DIR: () => {
      for (const XDG_RUNTIME_DIR of ["", "relative", `/${"x".repeat(100)}`]) {
        assert.equal(defaultSocketPath("node", { env: { XDG_RUNTIME_DIR }, uid: 1000 }), "/run/meshd/node.sock");
      }
    },
    NO_COLOR: () => assert.equal(paintFor({ isTTY: true }, { NO_COLOR: "\0" })("red", "x"), "x"),
    TERM: () => assert.equal(paintFor({ isTTY: true }, { TERM: "dumb" })("red", "x"), "x"),
    PATH: async () => {
      for (const PATH of ["", ":", "/nowhere"])
        assert.equal((await run(["status"], { PATH, MESHD_SOCKET: socket })).exitCode, 3);
    },
  };

  for (const [name, check] of Object.entries(ROWS)) it(`${name} with wrong values`, check);

  it("are all of those that are read", async () => {
    const read = new Set<string>();
    for await (const path of glob("src/**/*.ts", { cwd: repository })) {
      const text = readFileSync(join(repository, path), "utf8");
      for (const [, name = ""] of text.matchAll(/\b(?:env|environment)\??\.(\w*[A-Za-z_]+)\b/g)) read.add(name);
      for (const [, name = ""] of text.matchAll(/"(https?_proxy)"/gi)) read.add(name);
    }
    const known = [...read].filter((name) => !name.startsWith("MESHD_") && /^[A-Z_]+$|_proxy$/.test(name));
    assert.deepEqual(known.toSorted(), Object.keys(ROWS).toSorted());
  });
});
