// The search for secrets finds what it is to find: planted ones, in every encoding, at every phase.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { formatAuthKey, generateSigningKey } from "../../../src/identity/index.ts";
import { Secret } from "../../../src/protocol/secret.ts";
import { leaksIn, logsBelow, secretsBelow, withoutPrintedKeys } from "../../lab/secrets.ts";

const directory = mkdtempSync(join(tmpdir(), "meshd-secrets-"));
after(() => rmSync(directory, { recursive: true }));
const secret = new Uint8Array(32).map((_, index) => index * 7 + 1);

describe("search for secrets", () => {
  it("finds them in every encoding, as a part of anything", () => {
    const secrets = [{ name: "it", bytes: secret }];
    for (const encoding of ["hex", "base64", "base64url"] as const) {
      for (const before of [0, 1, 2, 3]) {
        const message = Buffer.concat([Buffer.alloc(before, 9), secret, Buffer.of(1)]).toString(encoding);
        assert.ok(leaksIn(`{"msg":"${message}"}`, secrets).includes(`it as ${encoding}`), `${encoding} ${before}`);
      }
    }
    assert.deepEqual(leaksIn("nothing of the kind", secrets), []);
  });

  it("knows those in state and those in keys, also of a key that is only in a log", () => {
    const fields = { coordinators: [{ host: "192.0.2.1", port: 443 }], rootKey: generateSigningKey().publicKey };
    const key = formatAuthKey({ ...fields, keyId: new Uint8Array(8), secret: new Secret(secret) });
    const node = join(directory, "laptop/node");
    mkdirSync(node, { recursive: true });
    const identity = { nodeSeed: Buffer.from(secret).fill(3).toString("base64url"), discoKey: "cut short" };
    writeFileSync(join(node, "identity.json"), JSON.stringify(identity));
    writeFileSync(join(directory, "laptop/relay.json"), "damaged");
    writeFileSync(join(directory, "laptop/x.log"), `  meshd up --authkey ${key}\nanother line\n`);
    const secrets = secretsBelow(directory, ["mesh-nonsense"]);
    assert.deepEqual(
      secrets.map(({ name }) => name),
      ["auth key", "nodeSeed of laptop/node/identity.json"],
    );
    const [log] = logsBelow(directory);
    assert.deepEqual(leaksIn(log?.text ?? "", secrets), ["auth key as base64url", "auth key as base64"]);
    assert.deepEqual(leaksIn(withoutPrintedKeys(log?.text ?? ""), secrets), []);
  });
});
