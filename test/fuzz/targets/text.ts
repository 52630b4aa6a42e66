// What people and other machines write as text: keys, addresses, prefixes, names, values of options, proxies.
import assert from "node:assert/strict";
import { InvalidArgumentError } from "commander";
import { chooseProxy } from "../../../src/channel/proxy.ts";
import {
  checkedHost,
  parseBoolean,
  parseCount,
  parseDuration,
  parseList,
  parsePort,
  parseRate,
  parseText,
  parseWait,
} from "../../../src/cli/options.ts";
import { isDnsLabel, toDnsLabel } from "../../../src/coordinator/hostname.ts";
import { formatPrefix, parseOverlayPrefix } from "../../../src/coordinator/prefixes.ts";
import {
  type AuthKey,
  formatAuthKey,
  formatRelayToken,
  parseAuthKey,
  parseRelayToken,
} from "../../../src/identity/auth-key.ts";
import { blake2b, concat } from "../../../src/identity/hash.ts";
import {
  formatHostPort,
  formatIp,
  ipBytes,
  parseCidr,
  parseHostPort,
  parseIp,
  parseOverlayIp,
  parseSocketAddress,
  splitSocketAddress,
} from "../../../src/protocol/address.ts";
import { MeshdError } from "../../../src/protocol/errors.ts";
import { formatNodeKey, parseNodeKey } from "../../../src/protocol/node-key.ts";
import { contains, toPrefix } from "../../../src/protocol/prefix.ts";
import { Secret } from "../../../src/protocol/secret.ts";
import { fromText, utf8 } from "../input.ts";
import { fill, NODE_KEY } from "../samples.ts";
import { type Target, unlessRefused } from "../target.ts";

const KEY: AuthKey = {
  coordinators: [
    { host: "203.0.113.1", port: 443 },
    { host: "coordinator.example", port: 8443 },
  ],
  rootKey: fill(32),
  keyId: fill(8),
  secret: new Secret(fill(32)),
};

const KEY_KINDS = [
  { parse: parseAuthKey, format: formatAuthKey, prefix: "mesh-", domain: "meshd auth key v1" },
  { parse: parseRelayToken, format: formatRelayToken, prefix: "meshrelay-", domain: "meshd relay token v1" },
] as const;

/** As text, and as what the text would hold, with its checksum made right. */
export const authKey: Target = {
  name: "auth-key",
  maxBytes: 1500,
  seeds: () => [
    ...fromText(formatAuthKey(KEY), formatRelayToken(KEY), " mesh-AAAA\n"),
    new Uint8Array(Buffer.from(formatAuthKey(KEY).slice("mesh-".length), "base64url").subarray(0, -4)),
  ],
  run(input) {
    for (const { parse, format, prefix, domain } of KEY_KINDS) {
      const checksum = blake2b(32, domain, [input]).subarray(0, 4);
      const repaired = prefix + Buffer.from(concat([input, checksum])).toString("base64url");
      for (const text of [utf8(input), repaired]) {
        const key = unlessRefused(() => parse(text), MeshdError);
        if (key !== undefined) assert.equal(format(parse(format(key))), format(key));
      }
    }
  },
};

export const addresses: Target = {
  name: "addresses",
  maxBytes: 300,
  seeds: () =>
    fromText(
      "192.0.2.1:443",
      "[2001:db8::1]:443",
      "::ffff:192.0.2.1",
      "fe80::1%eth0",
      "100.64.0.0/10",
      "fd7a:1:2::/48",
      "coordinator.example:443",
      "1:2:3:4:5:6:7.8.9.10",
      formatNodeKey(NODE_KEY),
    ),
  run(input) {
    const text = utf8(input);
    const ip = parseIp(text);
    if (ip !== undefined) {
      assert.equal(parseIp(ip), ip, "canonical");
      assert.equal(formatIp(ipBytes(ip)), ip, "the same by its bytes");
    }
    const socket = parseSocketAddress(text);
    if (socket !== undefined) {
      assert.equal(parseSocketAddress(socket), socket);
      const { port, ip: host } = splitSocketAddress(socket);
      assert.ok(port >= 0 && port <= 65535 && parseIp(host) === host);
    }
    const hostPort = parseHostPort(text);
    if (hostPort !== undefined) assert.deepEqual(parseHostPort(formatHostPort(hostPort)), hostPort);
    const cidr = parseCidr(text);
    if (cidr !== undefined) {
      assert.equal(parseCidr(cidr), cidr);
      const prefix = toPrefix(cidr);
      assert.ok(prefix !== undefined && contains(prefix, prefix));
    }
    const overlay = parseOverlayIp(text);
    if (overlay !== undefined) assert.equal(parseIp(overlay), overlay);
    for (const family of [4, 6] as const) {
      const prefix = parseOverlayPrefix(text, family);
      if (!("problem" in prefix)) assert.deepEqual(parseOverlayPrefix(formatPrefix(prefix), family), prefix);
    }
    const key = parseNodeKey(text);
    if (key !== undefined) assert.equal(parseNodeKey(formatNodeKey(key)), key);
  },
};

export const names: Target = {
  name: "names",
  maxBytes: 300,
  seeds: () => fromText("laptop", "Ann’s Laptop.local", "localhost", "4711", "ÄÖÜ-ß-", "-a-".repeat(40)),
  run(input) {
    const label = toDnsLabel(utf8(input));
    assert.match(label, /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/);
    assert.ok(isDnsLabel(label), "a name that was given can be typed again");
  },
};

const OPTIONS = [
  parseDuration,
  parseWait,
  parseText,
  parsePort,
  parseCount,
  parseBoolean,
  parseList,
  parseRate,
  checkedHost,
];

export const optionValues: Target = {
  name: "option-values",
  maxBytes: 200,
  seeds: () => fromText("10s", "1h30m", "never", "443", "true", "off", "a,b", "20mbit", "203.0.113.1", "relay.example"),
  run(input) {
    for (const parse of OPTIONS) {
      const value: unknown = unlessRefused<unknown>(() => parse(utf8(input)), InvalidArgumentError, MeshdError);
      if (typeof value === "number") assert.ok(Number.isFinite(value) && value >= 0, `${parse.name}: ${value}`);
    }
  },
};

/** The target's host, a line; HTTPS_PROXY, a line; NO_PROXY. */
export const proxyVariables: Target = {
  name: "proxy-variables",
  maxBytes: 500,
  seeds: () =>
    fromText(
      "relay.example\nhttp://user:p%40ss@proxy.example:3128\n.corp,*.local,10.0.0.1:443",
      "203.0.113.1\nproxy:8080\n[::1]:443 *",
      "a\nsocks5://x\n",
      "a\nhttps://[2001:db8::1]/\na:1",
    ),
  run(input) {
    const [host = "", proxy = "", ...exempt] = utf8(input).split("\n");
    const choice = chooseProxy({ host, port: 443 }, { HTTPS_PROXY: proxy, NO_PROXY: exempt.join("\n") });
    if (choice.kind !== "proxy") return;
    const { at, authorization } = choice.proxy;
    assert.ok(at.host !== "" && Number.isInteger(at.port) && at.port >= 0 && at.port <= 65535);
    const header = authorization === undefined ? "" : Buffer.from(authorization.reveal()).toString("latin1");
    assert.ok(!/[\r\n]/.test(header), "nothing slips into the request's head");
  },
};
