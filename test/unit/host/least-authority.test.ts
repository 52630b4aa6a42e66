// What of root's powers is dropped, and what is said where they stay.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { after, describe, it } from "node:test";
import { authorityOf, withLeastAuthority } from "../../../src/host/least-authority.ts";

const directory = mkdtempSync(join(tmpdir(), "meshd-authority-"));
after(() => rmSync(directory, { recursive: true }));

function program(name: string, script: string): string {
  const path = join(directory, name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

const ALL = "CapEff:\t000001ffffffffff\n";
const command = [process.execPath, "main.js"];
const lowered = (status: string, setpriv: readonly string[]) => withLeastAuthority(command, [], { status, setpriv });

describe("least authority", () => {
  it("tells what can be dropped from what cannot, and from what is needed", () => {
    assert.equal(authorityOf(ALL), "droppable");
    assert.equal(authorityOf("CapEff:\t0000000000001400\n"), "least", "what is kept");
    assert.equal(authorityOf("CapEff:\t0000000000001404\n"), "least", "kept, in a home");
    assert.equal(authorityOf("CapEff:\t0000000000003400\n"), "stuck", "a container without CAP_SETPCAP");
    assert.equal(authorityOf("CapEff:\t0000000000000000\n"), "least", "a user");
    assert.equal(authorityOf(""), "least");
  });

  it("drops by setpriv, where there is one, and has nothing to say then", () => {
    const setpriv = program("setpriv", "exit 0");
    const { command: found, kept } = lowered(ALL, [join(directory, "none"), setpriv]);
    assert.equal(found[0], setpriv);
    assert.deepEqual(found.slice(-2), command);
    assert.equal(kept, undefined);
  });

  it("says in one line why it keeps more than it needs, and what would help", () => {
    const cases: readonly (readonly [status: string, setpriv: readonly string[], says: RegExp])[] = [
      [ALL, [], /there is no setpriv; install util-linux/],
      [ALL, [program("busybox", "exit 1")], /busybox drops none here; .*--cap-drop ALL --cap-add NET_ADMIN/],
      ["CapEff:\t0000000000003400\n", ["/bin/false"], /without CAP_SETPCAP none can be dropped; .*--cap-drop ALL/],
    ];
    for (const [status, setpriv, says] of cases) {
      const { command: same, kept = "" } = lowered(status, setpriv);
      assert.deepEqual(same, command);
      assert.match(kept, /^this process keeps more of root's powers than it needs: [^\n]+$/);
      assert.match(kept, says);
    }
    assert.deepEqual(lowered("CapEff:\t0000000000001400\n", []), { command });
  });

  it("a role begins with the flags of a process that stays, also where there is nothing to drop", () => {
    const source = fileURLToPath(new URL("../../../src/host/least-authority.ts", import.meta.url));
    const role = join(directory, "role.mjs");
    writeFileSync(
      role,
      `import { dropAuthority } from ${JSON.stringify(source)};\ndropAuthority([]);\nconsole.log(typeof gc);\n`,
    );
    // As a unit of configs/ starts it: without powers that it does not need, and without flags.
    const { command: started } = withLeastAuthority([process.execPath, role], [role, source]);
    const [path = "", ...args] = started;
    assert.equal(spawnSync(path, args, { encoding: "utf8" }).stdout, "function\n");
  });
});
