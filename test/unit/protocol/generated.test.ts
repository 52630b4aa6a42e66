import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { generateProtocol } from "../../../scripts/generate-protocol.ts";

test("the generated code is that of the .proto files", async () => {
  const directory = await mkdtemp(join(tmpdir(), "meshd-protocol-"));
  try {
    await generateProtocol(directory);
    for (const file of ["meshd.js", "meshd.d.ts"]) {
      const checkedIn = await readFile(new URL(`../../../src/protocol/gen/${file}`, import.meta.url), "utf8");
      assert.ok(
        checkedIn === (await readFile(join(directory, file), "utf8")),
        `${file}: node scripts/generate-protocol.ts`,
      );
    }
  } finally {
    await rm(directory, { recursive: true });
  }
});
