// What `meshd admin relay` can ask of a running coordinator.
import { formatRelayToken } from "../identity/auth-key.ts";
import type { CreatedRelay, RelayRecord } from "../local-api/admin-api.ts";
import type { Route } from "../local-api/index.ts";
import type { HostPort } from "../protocol/address.ts";
import { MeshdError } from "../protocol/errors.ts";
import { parseRelayRequest } from "./admin-requests.ts";
import type { Offer } from "./offer.ts";
import type { OfferDesk } from "./offer-desk.ts";
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
          ...offers.offers().map((offer) => describeOffer(offer, registry)),
        ],
      }),
    },
    {
      method: "DELETE",
      path: "/v1/relays/:name",
      access: "change",
      handle: async ({ params: { name = "" } }) => {
        // A relay that runs by itself may have the name of a node whose relay was never reached.
        const offer = offers.find(name);
        if (offer === undefined || (offer.name !== name && desk.isRelayName(name))) {
          return { kind: "json", body: describe(await desk.remove(name), false) };
        }
        await offers.refuse(offer);
        return { kind: "json", body: describeOffer({ ...offer, proven: [], isRefused: true }, registry) };
      },
    },
    {
      method: "POST",
      path: "/v1/relays/:name/allow",
      access: "change",
      handle: async ({ params: { name = "" } }) => {
        const offer = offers.find(name);
        if (offer?.isRefused !== true) throw notRefused(name);
        await offers.allow(offer);
        return { kind: "json", body: describeOffer({ ...offer, isRefused: false }, registry) };
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

function describeOffer(offer: Offer, registry: Registry): RelayRecord {
  const { claimed, proven, isOnline } = offer;
  const isReached = proven.length > 0;
  const member = registry.member(offer.nodeKey);
  const name = offer.name === "" ? (member?.hostname ?? "") : offer.name;
  return {
    name,
    state: offer.isRefused ? "refused" : isReached ? (isOnline ? "online" : "offline") : "unreachable",
    offeredBy: member?.hostname ?? name,
    region: "",
    udpAddresses: isReached ? proven : claimed,
    tcpAddresses: [],
    created: new Date(member?.createdMs ?? 0).toISOString(),
    lastSeen: new Date(isOnline ? Date.now() : (member?.lastSeenMs ?? 0)).toISOString(),
  };
}

function notRefused(name: string): MeshdError {
  const message = `no relay of the name ${name} is refused; \`meshd admin relay list\` shows which are`;
  return new MeshdError("no-such-relay", 1, message);
}

function stateOf({ key, removedMs }: KnownRelay, isOnline: boolean): RelayRecord["state"] {
  if (removedMs !== null) return "removed";
  if (key === undefined) return "waiting";
  return isOnline ? "online" : "offline";
}
