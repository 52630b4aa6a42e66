import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  lstatSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { claimResolvConf, type ResolvConfClaim, restoreResolvConf } from "../../../src/dns/resolv-conf-file.ts";
import { thisProcess } from "../../../src/dns/process-mark.ts";
import { lockHolder } from "../../../src/dns/resolv-conf-lock.ts";
import { parseManaged } from "../../../src/dns/resolv-conf.ts";

const PREVIOUS = "# of the host\nnameserver 10.0.0.1\nsearch corp.example\n\noptions ndots:2\n";
const MODULE = fileURLToPath(new URL("../../../src/dns/resolv-conf-file.ts", import.meta.url));

describe("resolv.conf on disk", () => {
  let directory: string;
  let path: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "meshd-resolv-"));
    path = join(directory, "resolv.conf");
    writeFileSync(path, PREVIOUS);
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  const options = (state: string) => ({
    path,
    lockPath: join(directory, "lock"),
    backupPath: join(directory, `backup-${state}`),
    server: "127.0.0.111",
    state,
    domain: "mesh",
  });
  const claim = (state: string): Promise<ResolvConfClaim> => claimResolvConf(options(state));
  const content = (): string => readFileSync(path, "utf8");
  const isLocked = (): boolean => lstatSync(join(directory, "lock"), { throwIfNoEntry: false }) !== undefined;

  it("is written in place, and given back when the last of several owners leaves", async () => {
    const { ino } = statSync(path);
    const claims = await Promise.all(["aa", "bb", "cc"].map(claim));
    assert.equal(parseManaged(content())?.owners.length, 3);
    assert.equal(readFileSync(join(directory, "backup-aa"), "utf8"), PREVIOUS);
    assert.deepEqual(claims.at(2)?.upstreams(), ["10.0.0.1"]);
    await Promise.all(claims.slice(0, 2).map((each) => each.release()));
    assert.equal(parseManaged(content())?.owners.length, 1);
    await claims.at(2)?.release();
    assert.equal(content(), PREVIOUS);
    assert.equal(statSync(path).ino, ino);
    assert.equal(isLocked(), false);
    assert.equal(existsSync(join(directory, "backup-aa")), false);
  });

  it("is cleaned of a state whose daemon is gone, and only of that", async () => {
    const claims = [await claim("aa"), await claim("bb")];
    assert.equal(await restoreResolvConf(options("aa"), "aa"), true);
    assert.deepEqual(
      parseManaged(content())?.owners.map(({ id }) => id.slice(0, 3)),
      ["bb-"],
    );
    assert.equal(await restoreResolvConf(options("aa"), "aa"), false);
    assert.equal(await restoreResolvConf(options("bb"), "bb"), true);
    assert.equal(content(), PREVIOUS);
    for (const each of claims) await each.release();
    assert.equal(content(), PREVIOUS);
  });

  it("is removed again where there was none, and keeps a missing last newline missing", async () => {
    rmSync(path);
    await (await claim("aa")).release();
    assert.equal(existsSync(path), false);
    writeFileSync(path, "nameserver 10.0.0.1");
    await (await claim("aa")).release();
    assert.equal(content(), "nameserver 10.0.0.1");
  });

  it("is changed again after somebody replaced it, and left alone if they did at the end", async () => {
    const held = await claim("aa");
    writeFileSync(path, "nameserver 10.9.9.9\n");
    utimesSync(path, 1, 1);
    await held.refresh();
    assert.deepEqual(held.upstreams(), ["10.9.9.9"]);
    assert.equal(parseManaged(content())?.previous, "nameserver 10.9.9.9\n");
    writeFileSync(path, "nameserver 10.8.8.8\n");
    await held.release();
    assert.equal(content(), "nameserver 10.8.8.8\n");
  });

  it("is not changed any more by a renewal that comes after the release", async () => {
    const held = await claim("aa");
    writeFileSync(path, "nameserver 10.9.9.9\n");
    utimesSync(path, 1, 1);
    await held.release();
    await held.refresh();
    assert.equal(content(), "nameserver 10.9.9.9\n");
  });

  it("waits for a lock that nobody lets go, but not for ever", async () => {
    writeFileSync(join(directory, "lock"), "");
    const held = await claim("aa");
    assert.ok(parseManaged(content()));
    await held.release();
    assert.equal(content(), PREVIOUS);
  });

  it("does not wait at all for a lock that somebody died with", async () => {
    const ended = spawn("true");
    await once(ended, "exit");
    symlinkSync(lockHolder({ ...thisProcess(), pid: ended.pid ?? 0 }), join(directory, "lock"));
    const started = performance.now();
    const held = await claim("aa");
    assert.ok(performance.now() - started < 1000);
    await held.release();
    assert.equal(content(), PREVIOUS);
    assert.equal(isLocked(), false);
  });

  /** A process that claims the file and then is killed, so that only its guard can act. */
  async function claimAndDie(state: string): Promise<void> {
    const script = `
      const { claimResolvConf } = await import(${JSON.stringify(MODULE)});
      await claimResolvConf(${JSON.stringify(options(state))});
      console.log("claimed");
      setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ["--input-type=module", "--eval", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await new Promise((resolve) => child.stdout.once("data", resolve));
    assert.ok(parseManaged(content()));
    child.kill("SIGKILL");
  }

  async function eventually(condition: () => boolean): Promise<void> {
    for (let tries = 0; tries < 200 && !condition(); tries++) await new Promise((resolve) => setTimeout(resolve, 25));
    assert.ok(condition());
  }

  for (const [name, previous] of [
    ["as it was", PREVIOUS],
    ["without a last newline", "nameserver 10.0.0.1\n\n#x"],
    ["empty", ""],
    ["with blank lines at the end", "nameserver 10.0.0.1\n\n\n"],
  ] as const) {
    it(`is given back by the guard after kill -9: ${name}`, async () => {
      writeFileSync(path, previous);
      await claimAndDie("aa");
      await eventually(() => content() === previous);
      await eventually(() => !isLocked());
    });
  }

  /** A process that is killed after the `count`th call that changes a file while it claims; false if it got through. */
  async function dieClaiming(count: number): Promise<boolean> {
    const script = `
      import fs from "node:fs";
      import { syncBuiltinESMExports } from "node:module";
      let calls = 0;
      for (const name of ["symlinkSync", "writeFileSync", "openSync", "writeSync", "ftruncateSync", "closeSync", "rmSync"]) {
        const call = fs[name];
        fs[name] = (...args) => {
          const result = call(...args);
          if (claiming && ++calls === ${String(count)}) process.kill(process.pid, "SIGKILL");
          return result;
        };
      }
      let claiming = false;
      syncBuiltinESMExports();
      const { claimResolvConf } = await import(${JSON.stringify(MODULE)});
      claiming = true;
      await claimResolvConf(${JSON.stringify(options("aa"))});
      claiming = false;
      process.kill(process.pid, "SIGTERM");`;
    const child = spawn(process.execPath, ["--input-type=module", "--eval", script], { stdio: "inherit" });
    const signal = await new Promise((resolve) => child.once("exit", (_, by) => resolve(by)));
    return signal === "SIGKILL";
  }

  it("is given back, and the lock let go, at whatever moment of the claim the daemon is killed", async () => {
    let count = 1;
    while (await dieClaiming(count)) {
      await eventually(() => content() === PREVIOUS && !isLocked());
      count += 1;
    }
    // As many as the operations that make up a claim, so that the loop is known to have met them.
    assert.ok(count > 6, `only ${String(count - 1)} moments`);
    await eventually(() => content() === PREVIOUS);
  });

  it("is removed by the guard where there was none", async () => {
    rmSync(path);
    await claimAndDie("aa");
    await eventually(() => !existsSync(path));
  });

  it("loses only the dead owner's mark while another daemon lives", async () => {
    const other = await claim("bb");
    await claimAndDie("aa");
    await eventually(() => parseManaged(content())?.owners.length === 1);
    await other.release();
    assert.equal(content(), PREVIOUS);
  });
});
