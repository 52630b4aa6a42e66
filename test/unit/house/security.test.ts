// docs/security.md names the test that holds each of its lines: those must exist.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";

const root = new URL("../../../", import.meta.url);
const document = readFileSync(new URL("docs/security.md", root), "utf8");
const rows = document.split("\n").filter((line) => line.startsWith("| ") && !line.startsWith("| cannot"));
const NAMED = /`((?:test|native)\/[\w/.-]+\.(?:ts|rs)): ([^`]+)`/g;

test("every row of the threat model is held by a test", () => {
  assert.ok(rows.length > 30);
  for (const row of rows) assert.equal([...row.matchAll(NAMED)].length, 1, row);
});

test("every test that the threat model names exists", () => {
  for (const [, path = "", name = ""] of document.matchAll(NAMED)) {
    const file = new URL(path, root);
    assert.ok(existsSync(file), path);
    assert.ok(declares(readFileSync(file, "utf8"), path, name), `${path} has no test "${name}"`);
  }
});

function declares(source: string, path: string, name: string): boolean {
  const escaped = name.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const declaration = path.endsWith(".rs")
    ? `#\\[test\\]\\s+fn ${escaped}\\(`
    : `\\b(?:it|test|labTest)\\(\\s*"${escaped}"`;
  return new RegExp(declaration).test(source);
}
