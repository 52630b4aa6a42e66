// wireguard-go, built from its Go module and configured over its own socket (the "cross-platform userspace" protocol of
// wireguard.com/xplatform), since the `wg` tool is not needed for anything else here.
import { generateKeyPairSync } from "node:crypto";
import { existsSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { waitFor, type Host } from "../../test/lab/index.ts";
import { buildGoProgram } from "../go-programs.ts";
import type { Contender } from "./contender.ts";

const MODULE = "golang.zx2c4.com/wireguard";
const VERSION = "v0.0.0-20260522210424-ecfc5a8d5446";
const PORT = 51820;
/** 1500 less IPv4, UDP and WireGuard's own headers: what wg-quick chooses. */
const MTU = 1420;

export const wireguardGo: Contender = {
  name: "wireguard-go",
  async start(left, right) {
    const program = await buildGoProgram("wireguard-go", "wireguard", { module: MODULE, version: VERSION });
    if (program === undefined) return undefined;
    const near = { host: left, interfaceName: `wgl${process.pid}`, inner: "10.77.0.1", keys: newKeys() };
    const far = { host: right, interfaceName: `wgr${process.pid}`, inner: "10.77.0.2", keys: newKeys() };
    const pids: number[] = [];
    for (const [own, peer] of [
      [near, far],
      [far, near],
    ] as const) {
      const daemon = own.host.spawn([program, "-f", own.interfaceName], { env: { LOG_LEVEL: "error" } });
      pids.push(daemon.pid);
      await configure(own.interfaceName, [
        `private_key=${own.keys.privateHex}`,
        `listen_port=${PORT}`,
        `public_key=${peer.keys.publicHex}`,
        `endpoint=${peer.host.ipv4}:${PORT}`,
        `allowed_ip=${peer.inner}/32`,
      ]);
      await bringUp(own.host, own.interfaceName, own.inner);
    }
    await left.output(["ping", "-c1", "-W5", far.inner]);
    const sockets = [near, far].map(({ interfaceName }) => socketOf(interfaceName));
    return { address: far.inner, pids, stop: () => sockets.forEach((path) => rmSync(path, { force: true })) };
  },
};

function newKeys(): { readonly privateHex: string; readonly publicHex: string } {
  const { d = "", x = "" } = generateKeyPairSync("x25519").privateKey.export({ format: "jwk" });
  const hex = (text: string) => Buffer.from(text, "base64url").toString("hex");
  return { privateHex: hex(d), publicHex: hex(x) };
}

function socketOf(interfaceName: string): string {
  return `/var/run/wireguard/${interfaceName}.sock`;
}

async function configure(interfaceName: string, settings: readonly string[]): Promise<void> {
  const path = socketOf(interfaceName);
  await waitFor(path, 5000, async () => existsSync(path));
  const answer = await new Promise<string>((resolve, reject) => {
    let text = "";
    const socket = connect(path, () => socket.write(`set=1\n${settings.join("\n")}\n\n`));
    socket.setEncoding("utf8").on("error", reject);
    socket.on("data", (chunk: string) => {
      text += chunk;
      if (text.endsWith("\n\n")) {
        socket.destroy();
        resolve(text);
      }
    });
  });
  if (!answer.includes("errno=0")) throw new Error(`wireguard-go refused its configuration: ${answer.trim()}`);
}

async function bringUp(host: Host, interfaceName: string, address: string): Promise<void> {
  await host.output(["ip", "address", "add", `${address}/24`, "dev", interfaceName]);
  await host.output(["ip", "link", "set", interfaceName, "mtu", String(MTU), "up"]);
}
