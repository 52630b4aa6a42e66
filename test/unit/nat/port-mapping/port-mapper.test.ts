import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  description,
  FROM_SERVER,
  FROM_SSDP,
  GATEWAY,
  isNatPmp,
  isPcp,
  mapperWorld,
  type MapperWorld,
  natPmpAddress,
  natPmpMapping,
  pcpAnnouncement,
  pcpAnswer,
  type Sent,
  soapAnswer,
  soapFault,
  ssdpAnswer,
} from "./fixtures.ts";

const HOUR_MS = 3_600_000;

/** A router with all that is asked of it; `epoch` in seconds since its start. */
function answerPcp(sent: Sent, world: MapperWorld): void {
  if (sent.kind === "datagram" && isPcp(sent)) world.hear(pcpAnswer(sent.data, { epoch: 1000 + world.now / 1000 }));
}

function lastMapped(world: MapperWorld) {
  return world.events.findLast((event) => event.type === "mapped")?.mapping;
}

test("PCP is taken when it answers, and renewed at half of its lifetime", () => {
  const world = mapperWorld(answerPcp);
  world.start();
  assert.deepEqual(lastMapped(world), { protocol: "pcp", external: "203.0.113.7:41641", expiresAt: 2 * HOUR_MS });
  const requests = () => world.sent.filter((each) => isPcp(each)).map(({ at }) => at);
  world.run(HOUR_MS - 1);
  assert.deepEqual(requests(), [0]);
  world.run(2.1 * HOUR_MS);
  assert.deepEqual(requests(), [0, HOUR_MS, 2 * HOUR_MS]);
  assert.deepEqual(
    world.events.map(({ type }) => type),
    ["mapped"],
  );
});

test("a renewal that is not answered is tried again at half of what is left; then the mapping is lost", () => {
  const world = mapperWorld(answerPcp);
  world.start();
  world.answer = () => undefined;
  world.run(2 * HOUR_MS);
  const bursts = world.sent.filter((each) => isPcp(each) && each.at % 1000 === 0).map(({ at }) => at / HOUR_MS);
  assert.deepEqual(bursts.slice(0, 4), [0, 1, 1.5, 1.75]);
  assert.ok(bursts.length < 200, "never in shorter steps than four seconds");
  assert.deepEqual(world.events.at(-1), { type: "lost", reason: "the mapping ran out and was not renewed" });
});

test("the head start of PCP is half a second; then NAT-PMP is taken, whose mapping takes both answers", () => {
  const world = mapperWorld((sent) => {
    if (isNatPmp(sent, 0)) world.hear(natPmpAddress(50));
    if (isNatPmp(sent, 1)) world.hear(natPmpMapping(50, 6000));
  });
  world.start();
  world.run(499);
  assert.equal(lastMapped(world), undefined);
  world.run(500);
  assert.equal(lastMapped(world)?.external, "203.0.113.7:6000");
  world.run(10_000);
  assert.deepEqual(world.mapper.report().available, ["nat-pmp"]);
  assert.equal(world.sent.filter((each) => isPcp(each)).length, 2, "PCP is not asked any more");
});

test("a router that says it speaks no PCP is not waited for", () => {
  const world = mapperWorld((sent) => {
    if (isPcp(sent)) world.hear(Uint8Array.of(0, 0x81, 0, 1, 0, 0, 0, 9));
    if (isNatPmp(sent, 0)) world.hear(natPmpAddress(50));
    if (isNatPmp(sent, 1)) world.hear(natPmpMapping(50, 6000));
  });
  world.start();
  assert.equal(lastMapped(world)?.protocol, "nat-pmp");
  assert.ok(world.mapper.report().problems.includes("the router speaks NAT-PMP, not PCP"));
});

test("what PCP refuses is asked of the next; a second NAT is named", () => {
  const world = mapperWorld((sent) => {
    if (sent.kind === "datagram" && isPcp(sent)) world.hear(pcpAnswer(sent.data, { result: 12, lifetime: 60 }));
    if (isNatPmp(sent, 0)) world.hear(natPmpAddress(50));
    if (isNatPmp(sent, 1)) world.hear(natPmpMapping(50, 6000));
  });
  world.start();
  assert.equal(lastMapped(world)?.protocol, "nat-pmp");
  assert.match(world.mapper.report().problems.join(), /another NAT lies between/);
});

test("nobody answers: asked for again after an hour, and at once when the network changes", () => {
  const world = mapperWorld();
  world.start();
  world.run(10_000);
  assert.equal(world.mapper.report().settled, true);
  const count = world.sent.length;
  world.run(HOUR_MS - 1);
  assert.equal(world.sent.length, count);
  world.mapper.handleNetworkChange(world.now);
  world.drain();
  assert.ok(world.sent.length > count);
});

test("a refusal is not asked again before its time (RFC 6887 §7.4), within limits", () => {
  const world = mapperWorld((sent) => {
    if (sent.kind === "datagram" && isPcp(sent)) world.hear(pcpAnswer(sent.data, { result: 8, lifetime: 1800 }));
  });
  world.start();
  world.run(1_799_000);
  assert.equal(world.sent.filter((each) => isPcp(each)).length, 1);
  world.run(1_810_000);
  assert.equal(world.sent.filter((each) => isPcp(each)).length, 2);
});

test("a server that lost its state says so by its epoch, and is asked again within a second", () => {
  const world = mapperWorld(answerPcp);
  world.start();
  world.run(60_000);
  world.hear(pcpAnnouncement(1060));
  assert.equal(world.sent.filter((each) => isPcp(each)).length, 1, "nothing happened to it");
  world.hear(pcpAnnouncement(0));
  world.run(61_000);
  assert.equal(world.sent.filter((each) => isPcp(each)).length, 2);
});

test("NAT-PMP: an announced address that is another moves the mapping", () => {
  const world = mapperWorld((sent) => {
    if (isNatPmp(sent, 0)) world.hear(natPmpAddress(50));
    if (isNatPmp(sent, 1)) world.hear(natPmpMapping(50, 6000));
  });
  world.start();
  world.run(1000);
  world.answer = () => undefined;
  world.hear(natPmpAddress(51, [203, 0, 113, 8]));
  assert.equal(lastMapped(world)?.external, "203.0.113.8:6000");
  assert.ok(world.sent.some((each) => each.at === 1000 && isNatPmp(each, 1)));
});

test("only the gateway is heard, from its own port", () => {
  const world = mapperWorld();
  world.start();
  const request = world.sent.find((each) => isPcp(each));
  assert.ok(request?.kind === "datagram");
  for (const from of [
    { ip: "192.168.1.2", port: 5351 },
    { ip: GATEWAY.ip, port: 5350 },
  ]) {
    world.hear(pcpAnswer(request.data), from);
  }
  const stranger = Buffer.from(pcpAnswer(request.data));
  stranger[24] = 99;
  world.hear(stranger);
  const otherPort = Buffer.from(pcpAnswer(request.data));
  otherPort.writeUInt16BE(1, 40);
  world.hear(otherPort);
  assert.deepEqual(world.events, []);
  world.hear(pcpAnswer(request.data), FROM_SERVER);
  assert.equal(world.events.length, 1);
});

test("another gateway: all that was known is void; the old one is told nothing", () => {
  const world = mapperWorld(answerPcp);
  world.start();
  world.answer = () => undefined;
  const count = world.sent.length;
  world.mapper.handleGateway(undefined, world.now);
  world.drain();
  assert.deepEqual(world.events.at(-1), { type: "lost", reason: "the gateway changed" });
  assert.equal(world.sent.length, count);
  assert.equal(world.mapper.pollTimeout(), undefined);
  assert.deepEqual(world.mapper.report().problems, ["this host has no gateway"]);
});

test("closing removes the mapping, whether the router answers or not", () => {
  for (const answers of [true, false]) {
    const world = mapperWorld(answerPcp);
    world.start();
    if (!answers) world.answer = () => undefined;
    world.mapper.handleClose(world.now);
    world.run(answers ? 0 : 1000);
    const last = world.sent.at(-1);
    assert.ok(last?.kind === "datagram" && isPcp(last));
    assert.equal(Buffer.from(last.data).readUInt32BE(4), 0, "a lifetime of zero");
    assert.deepEqual(
      world.events.map(({ type }) => type),
      ["mapped", "lost", "closed"],
    );
    assert.equal(world.mapper.pollTimeout(), undefined);
  }
});

test("closing without a gateway is done at once", () => {
  const world = mapperWorld();
  world.mapper.handleClose(0);
  world.drain();
  assert.deepEqual(world.events, [{ type: "closed" }]);
});

// ---- UPnP

const SERVICE = "urn:schemas-upnp-org:service:WANIPConnection:1";

/** A version 1 router: `add` says what AddPortMapping answers to these port and lease. */
function upnpWorld(add: (port: string, lease: string) => { status: number; body: string }) {
  const world = mapperWorld((sent) => {
    if (sent.kind === "datagram") {
      if (sent.to === "gateway" && sent.port === 1900) world.hear(ssdpAnswer(), FROM_SSDP);
      return;
    }
    const respond = (response: { status: number; body: string }): void => {
      world.mapper.handleHttpResponse(sent.id, response, world.now);
      world.drain();
    };
    const action = /#(\w+)"/.exec(sent.headers.soapaction ?? "")?.[1];
    if (sent.method === "GET") respond({ status: 200, body: description([[SERVICE, "/ctl/IPConn"]]) });
    else if (action === "GetExternalIPAddress") {
      const value = "<NewExternalIPAddress>203.0.113.7</NewExternalIPAddress>";
      respond({ status: 200, body: soapAnswer(action, value) });
    } else if (action === "AddPortMapping") {
      const valueOf = (name: string) => new RegExp(`<${name}>(.*)</${name}>`).exec(sent.body)?.[1] ?? "";
      respond(add(valueOf("NewExternalPort"), valueOf("NewLeaseDuration")));
    } else if (action === "DeletePortMapping") respond({ status: 200, body: soapAnswer(action) });
  });
  return world;
}

const added = { status: 200, body: soapAnswer("AddPortMapping") };

test("UPnP step by step, and away again", () => {
  const world = upnpWorld(() => added);
  world.start();
  world.run(1000);
  assert.deepEqual(lastMapped(world)?.external, "203.0.113.7:41641");
  assert.deepEqual(
    world.sent.flatMap((each) => (each.kind === "http" ? [`${each.method} ${each.port} ${each.path}`] : [])),
    ["GET 5000 /rootDesc.xml", "POST 5000 /ctl/IPConn", "POST 5000 /ctl/IPConn"],
  );
  world.mapper.handleClose(world.now);
  world.drain();
  const last = world.sent.at(-1);
  assert.ok(last?.kind === "http" && last.body.includes("<NewExternalPort>41641</NewExternalPort>"));
  assert.deepEqual(world.events.at(-1), { type: "closed" });
});

test("UPnP: a router that knows only permanent leases, with the port taken by another", () => {
  const asked: string[] = [];
  const world = upnpWorld((port, lease) => {
    asked.push(`${port} ${lease}`);
    if (lease !== "0") return { status: 500, body: soapFault(725) };
    return port === "41641" ? { status: 500, body: soapFault(718) } : added;
  });
  world.start();
  world.run(1000);
  assert.deepEqual(asked.slice(0, 2), ["41641 7200", "41641 0"]);
  assert.equal(asked.length, 3);
  assert.equal(lastMapped(world)?.external, `203.0.113.7:${asked[2]?.split(" ")[0]}`);
});

test("UPnP: three ports are tried, then it is a refusal", () => {
  let asked = 0;
  const world = upnpWorld(() => {
    asked += 1;
    return { status: 500, body: soapFault(718) };
  });
  world.start();
  world.run(10_000);
  assert.equal(asked, 3);
  assert.match(world.mapper.report().problems.join(), /refused with error 718/);
});

test("UPnP: a web server that does not answer is not waited for longer than five seconds", () => {
  const world = mapperWorld((sent) => {
    if (sent.kind === "datagram" && sent.to === "gateway" && sent.port === 1900) world.hear(ssdpAnswer(), FROM_SSDP);
  });
  world.start();
  world.run(5600);
  assert.match(world.mapper.report().problems.join(), /names no WAN connection/);
});

test("whatever a gateway says, the mapper neither throws nor spins", () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 80 }),
    fc
      .tuple(fc.constantFrom([2, 0x81], [2, 0x80], [0, 0x80], [0, 0x81]), fc.uint8Array({ maxLength: 80 }))
      .map(([start, rest]) => Uint8Array.from([...start, ...rest])),
    fc.string().map((text) => ssdpAnswer(text)),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(bytes, fc.constantFrom(FROM_SERVER, FROM_SSDP), fc.nat(5000))), (heard) => {
      const world = mapperWorld((sent) => {
        if (sent.kind === "http") world.mapper.handleHttpResponse(sent.id, { status: 200, body: "<a/>" }, world.now);
      });
      world.start();
      for (const [datagram, from, waitMs] of heard) {
        world.hear(datagram, from);
        world.run(world.now + waitMs);
      }
      world.mapper.handleClose(world.now);
      world.run(world.now + 5000);
      assert.equal(world.events.at(-1)?.type, "closed");
      assert.ok(world.sent.length < 100 + 10 * heard.length);
    }),
    { numRuns: 200 },
  );
});
