// What `meshd admin relay` can ask of a running coordinator.
import { formatRelayToken } from "../identity/auth-key.ts";
import type { CreatedRelay, RelayRecord } from "../local-api/admin-api.ts";
import type { Route } from "../local-api/index.ts";
import type { HostPort } from "../protocol/address.ts";
import { MeshdError } from "../protocol/errors.ts";
import { parseRelayRequest } from "./admin-requests.ts";
import type { Member } from "./members.ts";
import type { Offer, OfferDesk } from "./offer-desk.ts";
import type { Registry } from "./registry.ts";
import type { RelayDesk } from "./relay-desk.ts";
import type { KnownRelay } from "./relay-registry.ts";

export interface AdminRelaysDependencies {
  readonly desk: RelayDesk;
  readonly offers: OfferDesk;
  readonly registry: Registry;
  readonly rootKey: Uint8Array;
  /** Where relays find this coordinator now. */
  readonly coordinators: () => readonly HostPort[];
}

export function adminRelayRoutes(dependencies: AdminRelaysDependencies): readonly Route[] {
  const { desk, offers, registry, rootKey, coordinators } = dependencies;
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
      handle: () => ({
        kind: "json",
        body: [
          ...desk.relays().map((relay) => describe(relay, desk.isOnline(relay))),
          ...offers.offers().flatMap((offer) => describeOffer(offer, registry.member(offer.nodeKey)) ?? []),
        ],
      }),
    },
    {
      method: "DELETE",
      path: "/v1/relays/:name",
      access: "change",
      handle: async ({ params: { name = "" } }) => {
        if (offers.isTaken(name)) throw offeredByNode(name);
        return { kind: "json", body: describe(await desk.remove(name), false) };
      },
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

function describeOffer(offer: Offer, member: Member | undefined): RelayRecord | undefined {
  if (member === undefined) return undefined;
  const { name, claimed, proven, isOnline } = offer;
  const isReached = proven.length > 0;
  return {
    name: name === "" ? member.hostname : name,
    state: isReached ? (isOnline ? "online" : "offline") : "unreachable",
    offeredBy: member.hostname,
    region: "",
    udpAddresses: isReached ? proven : claimed,
    tcpAddresses: [],
    created: new Date(member.createdMs).toISOString(),
    lastSeen: new Date(isOnline ? Date.now() : member.lastSeenMs).toISOString(),
  };
}

function offeredByNode(name: string): MeshdError {
  const advice =
    "take it back there (`meshd up --offer-relay=false`), or refuse all with `meshd coordinator --no-offered-relays`";
  return new MeshdError("offered-relay", 1, `a node offers the relay ${name}; ${advice}`);
}

function stateOf({ key, removedMs }: KnownRelay, isOnline: boolean): RelayRecord["state"] {
  if (removedMs !== null) return "removed";
  if (key === undefined) return "waiting";
  return isOnline ? "online" : "offline";
}
