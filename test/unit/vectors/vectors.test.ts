import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

import { buildVectors } from "./build.ts";

test("the implementation agrees with the published vectors", async () => {
  for (const [name, computed] of Object.entries(await buildVectors())) {
    const published: unknown = JSON.parse(await readFile(new URL(`${name}.json`, import.meta.url), "utf8"));
    assert.deepEqual(JSON.parse(JSON.stringify(computed)), published, name);
  }
});
