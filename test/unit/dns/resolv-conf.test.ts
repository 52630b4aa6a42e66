import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  formatManaged,
  type Owner,
  parseManaged,
  parseResolvConf,
  withOwner,
  withoutOwner,
} from "../../../src/dns/resolv-conf.ts";

const SERVER = "127.0.0.111";
const owner = (id: string, domain = "mesh"): Owner => ({ id, boot: "b", pidNamespace: "1", pid: 2, domain });
const everybody = (): boolean => true;

describe("resolv.conf", () => {
  it("puts our server first, keeps the others and the options, and searches the mesh", () => {
    const previous = "nameserver 10.0.0.1\nsearch corp.example\noptions ndots:2 edns0\n";
    const text = formatManaged(withOwner(previous, owner("a-1"), everybody), SERVER);
    assert.deepEqual(parseResolvConf(text), {
      nameservers: [SERVER, "10.0.0.1"],
      search: ["mesh", "corp.example"],
      rotate: false,
      rest: ["options ndots:2 edns0"],
    });
  });

  it("stays within three nameservers, and alone where resolvers rotate", () => {
    const four = ["1", "2", "3", "4"].map((n) => `nameserver 10.0.0.${n}\n`).join("");
    const servers = (previous: string) =>
      parseResolvConf(formatManaged(withOwner(previous, owner("a-1"), everybody), SERVER)).nameservers;
    assert.deepEqual(servers(four), [SERVER, "10.0.0.1", "10.0.0.2"]);
    assert.deepEqual(servers(`${four}options rotate\n`), [SERVER]);
  });

  it("gives back exactly what was there, whoever leaves last", () => {
    fc.assert(
      fc.property(
        fc.option(fc.string({ unit: "binary-ascii" }), { nil: undefined }),
        fc.boolean(),
        (text, firstLeaves) => {
          // A file that carries our marks is ours already.
          fc.pre(text === undefined || parseManaged(text) === undefined);
          fc.pre(!(text ?? "").includes("#meshd-"));
          const one = formatManaged(withOwner(text, owner("a-1"), everybody), SERVER);
          const two = formatManaged(withOwner(one, owner("b-1", "other"), everybody), SERVER);
          const first = firstLeaves ? "a-1" : "b-1";
          const second = firstLeaves ? "b-1" : "a-1";
          const between = withoutOwner(two, first, everybody);
          assert.ok(between.kind === "others-remain");
          const last = withoutOwner(formatManaged(between.managed, SERVER), second, everybody);
          assert.deepEqual(last, { kind: "restore", previous: text });
        },
      ),
    );
  });

  it("drops the mark that the same state left in a run before, and those of the dead", () => {
    const old = formatManaged(withOwner("nameserver 10.0.0.1\n", owner("a-1"), everybody), SERVER);
    const restarted = withOwner(old, owner("a-2"), everybody);
    assert.deepEqual(
      restarted.owners.map(({ id }) => id),
      ["a-2"],
    );
    assert.equal(restarted.previous, "nameserver 10.0.0.1\n");
    const beside = withOwner(old, owner("c-1"), () => false);
    assert.deepEqual(
      beside.owners.map(({ id }) => id),
      ["c-1"],
    );
    const text = formatManaged(withOwner(old, owner("c-1"), everybody), SERVER);
    assert.equal(withoutOwner(text, "c-1", () => false).kind, "restore");
  });

  it("leaves a file alone that somebody else replaced", () => {
    assert.deepEqual(withoutOwner("nameserver 10.0.0.9\n", "a-1", everybody), { kind: "not-ours" });
    const text = formatManaged(withOwner("", owner("b-1"), everybody), SERVER);
    assert.deepEqual(withoutOwner(text, "a-1", everybody), { kind: "not-ours" });
  });

  it("takes the last of search and domain", () => {
    assert.deepEqual(parseResolvConf("domain a.example\nsearch b.example c.example\n").search, [
      "b.example",
      "c.example",
    ]);
    assert.deepEqual(parseResolvConf("search b.example\ndomain a.example\n").search, ["a.example"]);
  });
});
