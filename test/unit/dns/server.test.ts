import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { connect } from "node:net";
import { afterEach, describe, it } from "node:test";
import packet from "dns-packet";
import { withLength } from "../../../src/dns/forwarder.ts";
import { type DnsServer, isThisHost, startDnsServer } from "../../../src/dns/server.ts";
import { createZone } from "../../../src/dns/zone.ts";

const PORT = 35_353;
const ADDRESS = "127.0.0.112";
const zone = createZone({ domain: "mesh", prefixes: [], records: [{ name: "nas", ips: ["100.64.0.2"] }] });
const query = (name: string): Buffer => packet.encode({ id: 5, type: "query", questions: [{ name, type: "A" }] });

describe("dns server", () => {
  let server: DnsServer | undefined;
  afterEach(async () => {
    await server?.close();
    server = undefined;
  });

  async function start(forwarded: string[] = []): Promise<void> {
    server = await startDnsServer({
      address: ADDRESS,
      port: PORT,
      zone: () => zone,
      forwarder: {
        async forward(bytes, transport) {
          const name = packet.decode(bytes).questions?.[0]?.name ?? "";
          forwarded.push(`${transport} ${name}`);
          return name === "silent.example" ? undefined : packet.encode({ id: 5, type: "response", flags: 5 });
        },
      },
    });
  }

  function askUdp(name: string): Promise<packet.Packet & { rcode?: string }> {
    return new Promise((resolve) => {
      const socket = createSocket("udp4");
      socket.on("message", (message) => {
        socket.close();
        resolve(packet.decode(message));
      });
      socket.send(query(name), PORT, ADDRESS);
    });
  }

  it("answers this host only", () => {
    assert.equal(isThisHost("100.64.0.1", "100.64.0.1"), true);
    assert.equal(isThisHost("127.0.0.1", "127.0.0.111"), true);
    assert.equal(isThisHost("100.64.0.2", "100.64.0.1"), false);
    assert.equal(isThisHost("192.168.1.5", "127.0.0.111"), false);
  });

  it("answers over UDP, forwards what is not ours, and admits failure", async () => {
    const forwarded: string[] = [];
    await start(forwarded);
    assert.equal((await askUdp("nas.mesh")).answers?.[0]?.data, "100.64.0.2");
    assert.equal((await askUdp("example.com")).rcode, "REFUSED");
    assert.equal((await askUdp("silent.example")).rcode, "SERVFAIL");
    assert.deepEqual(forwarded, ["udp example.com", "udp silent.example"]);
  });

  it("answers several questions on one TCP connection, whatever the pieces", async () => {
    await start();
    const connection = connect(PORT, ADDRESS);
    const bytes = Buffer.concat([withLength(query("nas.mesh")), withLength(query("none.mesh"))]);
    connection.write(bytes.subarray(0, 1));
    await new Promise((resolve) => setTimeout(resolve, 10));
    connection.write(bytes.subarray(1));
    let received = Buffer.alloc(0);
    const answers: (packet.Packet & { rcode?: string })[] = [];
    for await (const chunk of connection as AsyncIterable<Buffer>) {
      received = Buffer.concat([received, chunk]);
      while (received.length >= 2 && received.length >= received.readUInt16BE(0) + 2) {
        answers.push(packet.decode(received.subarray(2, received.readUInt16BE(0) + 2)));
        received = received.subarray(received.readUInt16BE(0) + 2);
      }
      if (answers.length === 2) break;
    }
    assert.deepEqual(
      answers.map((answer) => answer.rcode),
      ["NOERROR", "NXDOMAIN"],
    );
  });

  it("refuses an address that is taken", async () => {
    await start();
    await assert.rejects(
      startDnsServer({ address: ADDRESS, port: PORT, zone: () => zone, forwarder: { forward: async () => undefined } }),
      { code: "EADDRINUSE" },
    );
  });
});
