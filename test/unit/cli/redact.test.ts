// Nothing of a secret, and nobody's name or public address, survives the redactor; who is who can still be told.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, it } from "node:test";
import { Redactor } from "../../../src/cli/bugreport/redact.ts";

describe("redaction", () => {
  it("removes secrets in every form, with --full too", () => {
    for (const full of [false, true]) {
      const redactor = new Redactor({ full });
      for (let round = 0; round < 200; round += 1) {
        const key = randomBytes(32);
        for (const secret of [
          `mesh-${randomBytes(40).toString("base64url")}`,
          `meshrelay-${randomBytes(40).toString("base64url")}`,
          key.toString("base64url"),
          key.toString("base64"),
          key.toString("hex"),
        ]) {
          for (const text of [
            secret,
            `key=${secret}`,
            `/v1/keys/${secret}`,
            `"${secret}",`,
            `at ${secret}: x`,
            JSON.stringify({ a: secret }),
          ]) {
            const redacted = redactor.text(text);
            for (let at = 0; at + 12 <= secret.length; at += 6)
              assert.ok(!redacted.includes(secret.slice(at, at + 12)), `${text} → ${redacted}`);
          }
        }
      }
    }
  });

  it("replaces each name and public address by the same word, and leaves what tells nothing", () => {
    const redactor = new Redactor({ full: false });
    redactor.learn("node", "laptop");
    redactor.learn("node", "nas");
    redactor.learn("domain", "corp.example");
    assert.equal(
      redactor.text("laptop (LAPTOP.corp.example) to nas, not laptops or nas-2: nas"),
      "node-1 (node-1.domain-1) to node-2, not laptops or nas-2: node-2",
    );
    assert.equal(
      redactor.text("203.0.113.7:41641 and [2001:db8::1]:443, again 203.0.113.7, 198.51.100.1/24"),
      "public-ip-1:41641 and [public-ip-2]:443, again public-ip-1, public-ip-3/24",
    );
    const harmless =
      "100.64.0.2 fd7a:115c::2 10.0.0.1 192.168.1.9:53 172.16.0.1 127.0.0.1 ::1 0.0.0.0/0 10:44:46.123 v1.2.3";
    assert.equal(redactor.text(harmless), harmless);
    assert.match(redactor.text("fe80::a00:27ff:fe4e:66a1%eth0"), /^public-ip-\d+%eth0$/);
    assert.equal(redactor.text("/home/alice/x and /home/alice"), "/home/user-1/x and /home/user-1");
  });

  it("knows a node by its key still, but not the key", () => {
    const key = `nodekey:${randomBytes(32).toString("base64url")}`;
    const redactor = new Redactor({ full: false });
    assert.equal(redactor.text(`${key} is ${key}`), "key-1 is key-1");
    assert.equal(new Redactor({ full: true }).text(key), key);
  });

  it("goes through JSON, names of fields included", () => {
    const redactor = new Redactor({ full: false });
    redactor.learn("relay", "frankfurt");
    assert.deepEqual(
      redactor.value({ path: { relay: "frankfurt" }, frankfurt: [1, "203.0.113.7"], "203.0.113.7:1": null }),
      {
        path: { relay: "relay-1" },
        "relay-1": [1, "public-ip-1"],
        "public-ip-1:1": null,
      },
    );
  });

  it("takes no number, letter or address for a name, and no path or sentence for a key", () => {
    const redactor = new Redactor({ full: false });
    for (const name of ["1", "a", "42", "203.0.113.7", ""]) redactor.learn("node", name);
    assert.equal(redactor.text("1 a 42"), "1 a 42");
    const path = "/usr/lib/x86_64-linux-gnu/some/quite/long/path/to/a/file/that/is/there.so";
    assert.equal(redactor.text(path), path);
    const words = "this-is-a-long-hyphenated-name-of-something-harmless-in-a-log";
    assert.equal(redactor.text(words), words);
  });
});
