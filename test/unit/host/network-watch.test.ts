import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it, mock } from "node:test";
import {
  type NetworkChange,
  type NetworkNews,
  type NetworkReading,
  type NetworkWatcher,
  watchNetwork,
} from "../../../src/host/network-watch.ts";

const eth0 = { name: "eth0", ip: "192.0.2.7", prefixLength: 24 };
const wlan0 = { name: "wlan0", ip: "198.51.100.7", prefixLength: 24 };
const home: NetworkReading = { addresses: [eth0], gateways: ["192.0.2.1 eth0"] };
const indexes = new Map([
  ["eth0", 2],
  ["wlan0", 3],
]);

describe("the host's network", () => {
  let reading: NetworkReading;
  let tell: (news: NetworkNews) => void;
  let changes: NetworkChange[];
  let sleptMs: number;
  let watcher: NetworkWatcher;

  const start = (canListen: boolean): void => {
    watcher = watchNetwork(
      {
        read: () => reading,
        listen: (onNews) => {
          if (!canListen) throw new Error("EPERM");
          tell = onNews;
          return { close: () => undefined };
        },
        indexOf: (name) => indexes.get(name),
        bootMs: () => performance.now() + sleptMs,
        monotonicMs: () => performance.now(),
      },
      (change) => changes.push(change),
    );
  };

  beforeEach(() => {
    mock.timers.enable({ apis: ["setInterval"] });
    reading = home;
    changes = [];
    sleptMs = 0;
    start(true);
  });
  afterEach(() => {
    watcher.stop();
    mock.timers.reset();
  });
  const news = (...lost: readonly number[]): void => tell({ lost, overrun: false, clockJumped: false });

  it("moved when an address is replaced, and only grew when one comes", () => {
    reading = { ...home, addresses: [wlan0, eth0] };
    news();
    assert.deepEqual(changes, [{ moved: false }]);
    reading = { ...home, addresses: [wlan0] };
    news(2);
    assert.deepEqual(changes.at(-1), { moved: true });
    assert.deepEqual(watcher.current(), [wlan0]);
  });

  it("changed when the default route leads elsewhere", () => {
    reading = { ...home, gateways: ["192.0.2.254 eth0"] };
    news();
    assert.deepEqual(changes, [{ moved: true }]);
  });

  it("moved when the uplink was down for a moment, although it looks as before", () => {
    news(2);
    assert.deepEqual(changes, [{ moved: true }]);
  });

  it("is the same for whatever happens elsewhere: a container comes and goes, a list is in another order", () => {
    const veth = { name: "veth1", ip: "fe80::1", prefixLength: 64 };
    reading = { ...home, addresses: [veth, eth0] };
    news();
    reading = home;
    news(9);
    tell({ lost: [], overrun: true, clockJumped: false });
    watcher.check();
    assert.deepEqual(changes, []);
  });

  it("is as good as another one after a sleep, of which the kernel tells", () => {
    const jump = (): void => tell({ lost: [], overrun: false, clockJumped: true });
    sleptMs = 1500;
    jump();
    assert.deepEqual(changes, [], "somebody set the clock");
    sleptMs = 60_000;
    jump();
    assert.deepEqual(changes, [{ moved: true }]);
    jump();
    mock.timers.tick(120_000);
    assert.equal(changes.length, 1);
  });

  it("is as good as another one after a sleep that nobody told of", () => {
    mock.timers.tick(60_000);
    assert.deepEqual(changes, []);
    sleptMs = 60_000;
    mock.timers.tick(60_000);
    assert.deepEqual(changes, [{ moved: true }]);
  });

  it("is looked at where the kernel tells nothing", () => {
    watcher.stop();
    start(false);
    reading = { ...home, addresses: [wlan0] };
    mock.timers.tick(3000);
    assert.deepEqual(changes, [{ moved: true }]);
  });
});
