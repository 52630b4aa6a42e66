import assert from "node:assert/strict";
import { it } from "node:test";
import { pino } from "pino";
import { pathLog } from "../../../src/daemon/path-log.ts";
import type { Peer } from "../../../src/daemon/peer.ts";
import { parseSocketAddress } from "../../../src/protocol/address.ts";

it("whether packets go directly is told at info, which relays are in reach at debug", () => {
  const lines: { readonly level: number; readonly msg: string }[] = [];
  const write = (line: string): void => void lines.push(JSON.parse(line) as (typeof lines)[number]);
  const tell = pathLog(pino({ level: "debug" }, { write }));
  const peer: Pick<Peer, "entry" | "published"> = { entry: { hostname: "nas" } as Peer["entry"], published: [] };
  const address = parseSocketAddress("192.0.2.7:41641");
  assert.ok(address !== undefined);
  const relay = { id: 1, kind: "relay", relay: 4 } as const;
  const direct = { id: 2, kind: "direct", address } as const;
  for (const [paths, reason] of [
    [[relay], "the relays in reach changed"],
    [[direct, relay], "answered"],
    [[direct], "the relays in reach changed"],
    [[relay, direct], "it is dead"],
    [[relay], "did not answer again"],
  ] as const) {
    peer.published = paths;
    tell(peer, reason);
  }
  assert.deepEqual(
    lines.map(({ level }) => level),
    [20, 30, 20, 30, 20],
  );
});
