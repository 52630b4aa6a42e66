import assert from "node:assert/strict";
import { inspect } from "node:util";
import { before, describe, it } from "node:test";

import fc from "fast-check";

import {
  authSecretHash,
  authSecretMatches,
  blake2b,
  concat,
  formatAuthKey,
  parseAuthKey,
  sodiumReady,
} from "../../../src/identity/index.ts";
import type { AuthKey } from "../../../src/identity/index.ts";
import { MeshdError, Secret } from "../../../src/protocol/index.ts";
import { encodeMessage, wire } from "../../../src/protocol/wire.ts";

before(sodiumReady);

const bytes = (length: number, value: number) => new Uint8Array(length).fill(value);
const key = (changes: Partial<AuthKey> = {}): AuthKey => ({
  coordinators: [{ host: "198.51.100.1", port: 443 }],
  rootKey: bytes(32, 1),
  keyId: bytes(8, 2),
  secret: new Secret(bytes(32, 3)),
  ...changes,
});

/** A key whose checksum is right, whatever its payload. */
function sealed(payload: Uint8Array): string {
  const sum = blake2b(32, "meshd auth key v1", [payload]).subarray(0, 4);
  return `mesh-${Buffer.from(concat([payload, sum])).toString("base64url")}`;
}

function failure(text: string): MeshdError {
  try {
    parseAuthKey(text);
  } catch (error) {
    assert.ok(error instanceof MeshdError);
    assert.equal(error.exitCode, 2);
    assert.ok(!error.message.includes("\n"));
    return error;
  }
  return assert.fail(`accepted: ${text}`);
}

describe("auth key", () => {
  it("survives printing and parsing, with white space around", () => {
    const parsed = parseAuthKey(` ${formatAuthKey(key())}\n`);
    assert.deepEqual(parsed.coordinators, key().coordinators);
    assert.deepEqual(parsed.rootKey, bytes(32, 1));
    assert.deepEqual(parsed.keyId, bytes(8, 2));
    assert.deepEqual(parsed.secret.reveal(), bytes(32, 3));
  });

  it("says of each malformation what it is", () => {
    const good = formatAuthKey(key());
    const payload = (fields: Partial<wire.AuthKey>) =>
      sealed(
        encodeMessage(wire.AuthKey, {
          version: 1,
          coordinators: ["a.example:443"],
          rootKey: bytes(32, 1),
          keyId: bytes(8, 2),
          secret: bytes(32, 3),
          ...fields,
        }),
      );
    const cases: Record<string, string> = {
      "auth-key-empty": "",
      "auth-key-prefix": good.slice(1),
      "auth-key-alphabet": `${good}+`,
      "auth-key-too-long": `mesh-${"A".repeat(9000)}`,
      "auth-key-too-short": "mesh-AAAA",
      "auth-key-checksum": good.slice(0, -4),
      "auth-key-content": sealed(Uint8Array.of(0xff, 0xff)),
      "auth-key-version": payload({ version: 2 }),
      "auth-key-coordinators": payload({ coordinators: [] }),
      "auth-key-coordinator-address": payload({ coordinators: ["nowhere"] }),
      "auth-key-root-key": payload({ rootKey: bytes(31, 1) }),
      "auth-key-key-id": payload({ keyId: bytes(9, 1) }),
      "auth-key-secret": payload({ secret: bytes(0, 1) }),
    };
    const messages = new Set<string>();
    for (const [code, text] of Object.entries(cases)) {
      const error = failure(text);
      assert.equal(error.code, code);
      messages.add(error.message);
    }
    assert.equal(messages.size, Object.keys(cases).length);
    assert.equal(
      failure(payload({ coordinators: new Array<string>(17).fill("a.example:1") })).code,
      "auth-key-coordinators",
    );
  });

  it("catches every single mistyped character and every truncation", () => {
    const good = formatAuthKey(key());
    fc.assert(
      fc.property(
        fc.integer({ min: 5, max: good.length - 1 }),
        fc.constantFrom("a", "Z", "0", "9", "-", "_"),
        (at, other) => {
          fc.pre(good[at] !== other);
          failure(good.slice(0, at) + other + good.slice(at + 1));
          failure(good.slice(0, at));
        },
      ),
    );
  });

  it("refuses arbitrary text with an error of its own", () => {
    fc.assert(fc.property(fc.string(), (text) => void failure(`mesh-${text}`)));
  });

  it("matches only the hash of its secret", () => {
    const secret = new Secret(bytes(32, 3));
    assert.ok(authSecretMatches(secret, authSecretHash(secret)));
    assert.ok(!authSecretMatches(new Secret(bytes(32, 4)), authSecretHash(secret)));
    assert.ok(!authSecretMatches(secret, new Uint8Array(0)));
  });

  it("does not print its secret", () => {
    const parsed = parseAuthKey(formatAuthKey(key()));
    for (const text of [inspect(parsed, { depth: 9 }), JSON.stringify(parsed), String(parsed.secret)]) {
      assert.ok(text.includes("[secret]"), text);
      assert.ok(!/3,\s*3,\s*3|AwMD|030303/.test(text), text);
    }
  });
});
