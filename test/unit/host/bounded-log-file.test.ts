import assert from "node:assert/strict";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { BoundedLogFile } from "../../../src/host/bounded-log-file.ts";

describe("a log file that nobody rotates", () => {
  const directory = mkdtempSync(join(tmpdir(), "meshd-log-"));
  const path = join(directory, "daemon.log");
  after(() => rmSync(directory, { recursive: true }));

  it("stays below its limit for ever, and keeps its end in whole lines", () => {
    writeFileSync(path, "of the run before\n");
    const fd = openSync(path, "a");
    const file = new BoundedLogFile(fd, { maxBytes: 10_000, keptBytes: 2000 });
    let most = 0;
    for (let number = 0; number < 5000; number += 1) {
      file.write(`line ${String(number)}\n`);
      most = Math.max(most, statSync(path).size);
    }
    closeSync(fd);
    assert.ok(most > 9000 && most <= 10_020, String(most));
    const lines = readFileSync(path, "utf8").trimEnd().split("\n");
    assert.ok(lines.length > 150);
    for (const [index, line] of lines.entries()) assert.equal(line, `line ${String(5000 - lines.length + index)}`);
  });

  it("loses a line that cannot be written, and nothing else", () => {
    const fd = openSync(path, "r");
    new BoundedLogFile(fd).write("x\n");
    closeSync(fd);
  });
});
