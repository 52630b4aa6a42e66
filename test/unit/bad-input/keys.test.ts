// Auth keys and relay tokens as people give them: mistyped, cut short, of another version or kind, in files that are none. Refused with
// exit code 2 before anything is started or sent, and never repeated in the message. Files with Windows' line ends are fine.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { readSmallFile } from "../../../src/host/small-file.ts";
import {
  formatAuthKey,
  formatRelayToken,
  generateSigningKey,
  parseAuthKey,
  sodiumReady,
} from "../../../src/identity/index.ts";
import { Secret } from "../../../src/protocol/secret.ts";
import { run } from "./command-line.ts";

const directory = mkdtempSync(join(tmpdir(), "meshd-bad-keys-"));
after(() => rmSync(directory, { recursive: true }));
const inDirectory = (name: string): string => join(directory, name);

function file(name: string, content: string | Uint8Array): string {
  writeFileSync(inDirectory(name), content);
  return inDirectory(name);
}

describe("wrong keys", () => {
  let key: string;
  let token: string;
  before(async () => {
    await sodiumReady();
    const fields = {
      coordinators: [{ host: "192.0.2.1", port: 443 }],
      rootKey: generateSigningKey().publicKey,
      keyId: new Uint8Array(8).fill(1),
      secret: new Secret(new Uint8Array(32).fill(2)),
    };
    key = formatAuthKey(fields);
    token = formatRelayToken(fields);
  });

  it("are refused, from wherever they come", async () => {
    spawnSync("mkfifo", [inDirectory("pipe")]);
    mkdirSync(inDirectory("folder"));
    symlinkSync(inDirectory("loop"), inDirectory("loop"));
    const typo = `${key.slice(0, 30)}${key[30] === "A" ? "B" : "A"}${key.slice(31)}`;
    const keys: readonly (readonly [source: string, says: RegExp])[] = [
      [typo, /checksum does not fit/],
      [key.slice(0, -1), /mistyped or cut short/],
      ["mesh-", /cut short/],
      [`${key}${key}`, /mistyped/],
      [`${key}é`, /characters that no auth key has/],
      [token, /does not begin with "mesh-"/],
      ["file:", /cannot read the auth key/],
      [`file:${inDirectory("none")}`, /no such file/],
      [`file:${inDirectory("folder")}`, /it is a directory/],
      [`file:${inDirectory("loop")}`, /symbolic links/],
      [`file:${inDirectory("pipe")}`, /is empty/],
      ["file:/dev/zero", /larger than 16384 bytes/],
      [`file:${file("empty", "")}`, /is empty/],
      [`file:${file("blank", "\ufeff \r\n")}`, /is empty/],
      [`file:${file("binary", Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 0xff))}`, /not text in UTF-8/],
      [`file:${file("text", "hello\n")}`, /does not begin with "mesh-"/],
      [`file:${file("two", `${key}\n${key}\n`)}`, /characters that no auth key has/],
      ["env:", /holds no auth key/],
      ["env:NO_SUCH_VARIABLE", /NO_SUCH_VARIABLE holds no auth key/],
    ];
    const tokens: typeof keys = [
      [key, /does not begin with "meshrelay-"/],
      [token.slice(0, -2), /mistyped or cut short/],
      [`file:${inDirectory("none")}`, /--join: cannot read the token.*no such file/],
      [`file:${inDirectory("pipe")}`, /is empty/],
    ];
    const env = { MESHD_STATE_DIR: inDirectory("state"), MESHD_SOCKET: inDirectory("x.sock") };
    const calls = [
      ...keys.map(([source, says]) => ({ argv: ["up", `--authkey=${source}`], says })),
      ...keys.slice(0, 3).map(([source, says]) => ({ argv: ["daemon", `--authkey=${source}`], says })),
      ...tokens.map(([source, says]) => ({ argv: ["relay", "--listen=127.0.0.1:0", `--join=${source}`], says })),
    ];
    for (const { argv, says } of calls) {
      const { exitCode, stderr } = await run(argv, env);
      assert.equal(exitCode, 2, `${argv.join(" ")}: ${stderr}`);
      assert.match(stderr, /^meshd: [^\n]*\n$/);
      assert.match(stderr, says, argv.join(" "));
      assert.ok(!stderr.includes(key.slice(8, 40)), "the key is repeated");
    }
  });

  it("may come with a byte order mark and Windows' line ends", () => {
    for (const content of [`${key}\r\n`, `\ufeff${key}\n`, `\n  ${key}  \n`]) {
      assert.deepEqual(parseAuthKey(readSmallFile(file("fine", content), 16_384)), parseAuthKey(key));
    }
  });
});
