// Every file in a state directory, as a careless hand, a full disk or a restored backup may leave it: refused in one line that names the
// file and says what to do, or set aside where the coordinator has it, too. A file that src names and that has no row here fails. Keys and
// configurations have their rows in keys.test.ts and options.test.ts, resolv.conf in test/unit/dns.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { glob } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, before, beforeEach, describe, it } from "node:test";
import { describeFailure } from "../../../src/cli/errors.ts";
import { openStorage } from "../../../src/coordinator/storage/open.ts";
import { loadIdentity } from "../../../src/daemon/identity-file.ts";
import { LifetimeMemory } from "../../../src/daemon/lifetime-memory.ts";
import { loadMesh } from "../../../src/daemon/mesh-file.ts";
import { loadNetmap } from "../../../src/daemon/netmap-file.ts";
import { loadPort } from "../../../src/daemon/port-file.ts";
import { loadSettings } from "../../../src/daemon/settings.ts";
import { TicketStore } from "../../../src/daemon/ticket-store.ts";
import { lockStateDirectory } from "../../../src/host/state-lock.ts";
import { recordSocket } from "../../../src/host/socket-record.ts";
import { sodiumReady } from "../../../src/identity/index.ts";
import { nodeKeyFromBytes } from "../../../src/protocol/node-key.ts";
import { loadRelayState } from "../../../src/relay/state-file.ts";
import { repository, run } from "./command-line.ts";

before(sodiumReady);

interface FileRow {
  readonly load: (directory: string) => Promise<unknown>;
  /** Refused: an error that names it. Set aside: as NAME.unusable. Ignored: as if there were none. */
  readonly becomes: "refused" | "set aside" | "ignored";
  /** What is right for one of these is wrong for others. */
  readonly takes?: readonly string[];
}

const trust = { rootKey: new Uint8Array(32), recipient: nodeKeyFromBytes(new Uint8Array(32)) };
const lock = async (directory: string): Promise<void> => (await lockStateDirectory(directory, "daemon")).release();

const FILES: Readonly<Record<string, FileRow>> = {
  "identity.json": { load: loadIdentity, becomes: "refused" },
  "settings.json": { load: loadSettings, becomes: "refused", takes: ["no fields"] },
  "mesh.json": { load: loadMesh, becomes: "refused" },
  "relay.json": { load: loadRelayState, becomes: "refused" },
  "coordinator.db": {
    load: async (directory) => (await openStorage(join(directory, "coordinator.db"), 0)).close(),
    becomes: "refused",
    takes: ["nothing"],
  },
  lock: { load: lock, becomes: "refused", takes: ["nothing", "a device"] },
  pid: { load: lock, becomes: "ignored" },
  socket: { load: async (directory) => recordSocket(directory, "/x.sock")(), becomes: "ignored" },
  netmap: { load: (directory) => loadNetmap(directory, trust), becomes: "set aside" },
  "tickets.json": { load: (directory) => TicketStore.load(directory), becomes: "set aside", takes: ["no fields"] },
  "networks.json": { load: (directory) => LifetimeMemory.load(directory), becomes: "set aside", takes: ["no fields"] },
  port: { load: (directory) => loadPort(directory), becomes: "ignored" },
  "relay-port": { load: (directory) => loadPort(directory, "relay-port"), becomes: "ignored" },
};
/** Written only: what they held before is of no importance. */
const WRITTEN_ONLY = ["daemon.log", "resolv.conf.before"];

const CONTENTS: Readonly<Record<string, (path: string) => void>> = {
  nothing: (path) => writeFileSync(path, ""),
  "zero bytes": (path) => writeFileSync(path, Buffer.alloc(4096)),
  "no text": (path) => writeFileSync(path, Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 0xff, 0xfe)),
  "a long text": (path) =>
    writeFileSync(path, "this is a note to myself, \x1b[2Jand not what belongs here\n".repeat(200)),
  "no object": (path) => writeFileSync(path, "[]"),
  "no version": (path) => writeFileSync(path, '{"port":1}'),
  "a version that is none": (path) => writeFileSync(path, '{"version":"1"}'),
  "a later version": (path) => writeFileSync(path, '{"version":1e9}'),
  "no fields": (path) => writeFileSync(path, '{"version":1,"__proto__":{"port":1}}'),
  "half of it": (path) => writeFileSync(path, '{"version":1,"nodeSeed":"AAAA'),
  "more than memory holds": (path) => {
    writeFileSync(path, "");
    truncateSync(path, 2 ** 33);
  },
  "a directory": (path) => mkdirSync(join(path, "x"), { recursive: true }),
  "a pipe": (path) => spawnSync("mkfifo", [path]),
  "a device": (path) => symlinkSync("/dev/zero", path),
  "a loop": (path) => symlinkSync(path, path),
};

describe("files of the state directory that are wrong", () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "meshd-bad-file-"));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  for (const [name, { load, becomes, takes = [] }] of Object.entries(FILES)) {
    for (const [content, write] of Object.entries(CONTENTS)) {
      if (takes.includes(content)) continue;
      const expected = /^a (?:directory|pipe|device|loop)$/.test(content) && becomes === "ignored" ? "any" : becomes;
      it(`${name} that is ${content}: ${becomes}`, { timeout: 5000 }, async () => {
        const path = join(directory, name);
        write(path);
        const outcome = await load(directory).then(
          () => undefined,
          (error: unknown) => error,
        );
        if (outcome !== undefined || expected === "refused") {
          assert.notEqual(expected, "set aside", String(outcome));
          assert.notEqual(expected, "ignored", String(outcome));
          const { exitCode, text } = describeFailure(outcome, false);
          assert.equal(exitCode, 1);
          assert.ok(text.includes(path), text);
          assert.match(text, /[;:(] .*(?:restore|delete|move|install|choose|fails)/, text);
          // eslint-disable-next-line no-control-regex -- what a file holds may not steer the terminal
          assert.doesNotMatch(text, /[\x00-\x1f]/);
          assert.ok(existsSync(path) || content === "a loop", "it stays as it was");
        }
        assert.equal(
          existsSync(`${path}.unusable`) || (content === "a loop" && expected === "set aside"),
          expected === "set aside",
        );
      });
    }
  }

  it("socket that names no socket: the role counts as not running", async () => {
    for (const content of ["", "\0", "x".repeat(5000), "/nowhere\n/else"]) {
      writeFileSync(join(directory, "socket"), content);
      const { exitCode, stderr } = await run(["admin", "key", "list", "--state-dir", directory]);
      assert.equal(exitCode, 3, stderr);
      assert.match(stderr, /^meshd: [^\n]*(?:not running|no coordinator runs)[^\n]*\n$/);
    }
  });

  it("are said by the role that finds them, which ends", async () => {
    const roles = [
      [["daemon"], "identity.json"],
      [["daemon"], "lock"],
      [["daemon"], "pid"],
      [["coordinator", "--listen=127.0.0.1:0", "--stun-listen=127.0.0.1:0"], "coordinator.db"],
      [["relay", "--listen=127.0.0.1:0"], "relay.json"],
    ] as const;
    for (const [argv, name] of roles) {
      const stateDir = join(directory, `${argv[0]}-${name}`);
      mkdirSync(join(stateDir, name), { recursive: true, mode: 0o700 });
      const env = { MESHD_STATE_DIR: stateDir, MESHD_SOCKET: join(directory, "x.sock") };
      const { exitCode, stderr } = await run(argv, env);
      assert.equal(exitCode, 1, stderr);
      assert.match(stderr, /^meshd: [^\n]*\n$/);
      assert.ok(stderr.includes(join(stateDir, name)), stderr);
    }
  });

  it("are all of those that src names", async () => {
    const named = new Set<string>();
    for await (const path of glob("src/**/*.ts", { cwd: repository })) {
      const text = readFileSync(join(repository, path), "utf8");
      for (const [, name = ""] of text.matchAll(/join\([^()]*[dD]ir(?:ectory)?, "([\w.-]+)"\)/g)) named.add(name);
      for (const [, name = ""] of text.matchAll(/FILE = "([\w.-]+)"/g)) named.add(name);
      for (const [, names = ""] of text.matchAll(/type \w*File = ([^;]+);/g)) {
        for (const [, name = ""] of names.matchAll(/"([\w.-]+)"/g)) named.add(name);
      }
    }
    assert.deepEqual([...named].toSorted(), [...Object.keys(FILES), ...WRITTEN_ONLY].toSorted());
  });
});
