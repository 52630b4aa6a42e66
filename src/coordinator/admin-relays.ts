// What `meshd admin relay` can ask of a running coordinator.
import { formatRelayToken } from "../identity/auth-key.ts";
import type { CreatedRelay, RelayRecord } from "../local-api/admin-api.ts";
import type { Route } from "../local-api/index.ts";
import type { HostPort } from "../protocol/address.ts";
import { parseRelayRequest } from "./admin-requests.ts";
import type { RelayDesk } from "./relay-desk.ts";
import type { KnownRelay } from "./relay-registry.ts";

export interface AdminRelaysDependencies {
  readonly desk: RelayDesk;
  readonly rootKey: Uint8Array;
  /** Where relays find this coordinator now. */
  readonly coordinators: () => readonly HostPort[];
}

export function adminRelayRoutes({ desk, rootKey, coordinators }: AdminRelaysDependencies): readonly Route[] {
  return [
    {
      method: "POST",
      path: "/v1/relays",
      access: "change",
      handle: async ({ body }) => {
        const name = parseRelayRequest(body);
        const created = await desk.create(name);
        const token = formatRelayToken({ coordinators: coordinators(), rootKey, ...created });
        return { kind: "json", body: { token, name } satisfies CreatedRelay };
      },
    },
    {
      method: "GET",
      path: "/v1/relays",
      access: "read",
      handle: () => ({ kind: "json", body: desk.relays().map((relay) => describe(relay, desk.isOnline(relay))) }),
    },
    {
      method: "DELETE",
      path: "/v1/relays/:name",
      access: "change",
      handle: async ({ params }) => ({ kind: "json", body: describe(await desk.remove(params.name ?? ""), false) }),
    },
  ];
}

function describe(relay: KnownRelay, isOnline: boolean): RelayRecord {
  const { name, region, udpAddresses, tcpAddresses, createdMs, lastSeenMs } = relay;
  const last = isOnline ? Date.now() : lastSeenMs;
  return {
    name,
    state: stateOf(relay, isOnline),
    region,
    udpAddresses,
    tcpAddresses,
    created: new Date(createdMs).toISOString(),
    lastSeen: last === null ? null : new Date(last).toISOString(),
  };
}

function stateOf({ key, removedMs }: KnownRelay, isOnline: boolean): RelayRecord["state"] {
  if (removedMs !== null) return "removed";
  if (key === undefined) return "waiting";
  return isOnline ? "online" : "offline";
}
