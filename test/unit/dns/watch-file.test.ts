import { mkdtempSync, renameSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { watchFile } from "../../../src/dns/watch-file.ts";

test("a file that is written, replaced, removed and made anew is looked at each time", async () => {
  const folder = mkdtempSync(join(tmpdir(), "meshd-watch-"));
  const path = join(folder, "resolv.conf");
  writeFileSync(path, "1");
  let seen = Promise.withResolvers<undefined>();
  const watch = watchFile(path, () => seen.resolve(undefined));
  const looksAfter = async (change: () => void): Promise<void> => {
    seen = Promise.withResolvers();
    change();
    await seen.promise;
  };
  try {
    await looksAfter(() => writeFileSync(path, "2"));
    writeFileSync(`${path}.new`, "3");
    await looksAfter(() => renameSync(`${path}.new`, path));
    await looksAfter(() => writeFileSync(path, "4"));
    await looksAfter(() => unlinkSync(path));
    await looksAfter(() => writeFileSync(path, "5"));
    await looksAfter(() => writeFileSync(path, "6"));
  } finally {
    watch.close();
    rmSync(folder, { recursive: true });
  }
});
