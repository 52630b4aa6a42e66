// What `meshd admin` can ask of a running coordinator, over its local socket.
import type {
  CoordinatorStatus,
  CreatedKey,
  KeyStatus,
  NodeRecord,
  RemovedNode,
  RevokedKey,
} from "../local-api/admin-api.ts";
import type { ServerStats } from "../engine/index.ts";
import type { LocalResponse, Route } from "../local-api/index.ts";
import { metricsResponse } from "../local-api/prometheus.ts";
import { formatAuthKey } from "../identity/auth-key.ts";
import { formatHostPort, type HostPort, parseIp } from "../protocol/address.ts";
import { MeshdError } from "../protocol/errors.ts";
import { formatNodeKey } from "../protocol/node-key.ts";
import type { AuthKeyInfo, AuthKeys, NewAuthKey } from "./auth-keys.ts";
import type { ControlHub } from "./hub.ts";
import type { Member } from "./members.ts";
import { renderMetrics } from "./metrics.ts";
import { adminRelayRoutes } from "./admin-relays.ts";
import { parseKeyRequest, parseRename } from "./admin-requests.ts";
import type { Registry } from "./registry.ts";

type AdminAnswer =
  CoordinatorStatus | CreatedKey | readonly KeyStatus[] | RevokedKey | readonly NodeRecord[] | NodeRecord | RemovedNode;

export interface AdminDependencies {
  readonly authKeys: AuthKeys;
  readonly registry: Registry;
  readonly hub: ControlHub;
  readonly rootKey: Uint8Array;
  /** Where nodes find this coordinator now. */
  readonly coordinators: () => readonly HostPort[];
  /** Of relay and STUN. */
  readonly udpStats: () => Promise<ServerStats>;
  readonly nowUnixMs: () => number;
  readonly version: string;
}

export function adminRoutes(dependencies: AdminDependencies): readonly Route[] {
  const { authKeys, registry, hub, nowUnixMs } = dependencies;
  const find = (name: string): Member => {
    const member = findMember(registry, name);
    if (member !== undefined) return member;
    throw new MeshdError(
      "no-such-node",
      1,
      `there is no node ${name} in this mesh; \`meshd admin node list\` shows them`,
    );
  };
  const describe = (member: Member): NodeRecord => describeNode(member, hub);

  return [
    {
      method: "GET",
      path: "/v1/status",
      access: "read",
      handle: () => {
        const members = [...registry.members()];
        return json({
          version: dependencies.version,
          coordinators: dependencies.coordinators().map(formatHostPort),
          netmapVersion: hub.netmapVersion,
          nodes: members.length,
          online: members.filter(({ nodeKey }) => hub.isOnline(nodeKey)).length,
        });
      },
    },
    {
      method: "GET",
      path: "/metrics",
      access: "read",
      handle: async () => {
        const members = [...registry.members()];
        const online = members.filter(({ nodeKey }) => hub.isOnline(nodeKey)).length;
        const { version, udpStats } = dependencies;
        const measured = { version, nodes: members.length, online, hub: hub.stats, udp: await udpStats() };
        return metricsResponse(renderMetrics(measured));
      },
    },
    {
      method: "POST",
      path: "/v1/keys",
      access: "change",
      handle: async ({ body }) => {
        const { expiresInMs, ...options } = parseKeyRequest(body);
        const expiry = expiresInMs === undefined ? {} : { expiresUnixMs: nowUnixMs() + expiresInMs };
        const created = await authKeys.create({ ...options, ...expiry });
        const key = printKey(created, dependencies.rootKey, dependencies.coordinators());
        return json({ key, id: created.id, expires: timestamp(expiry.expiresUnixMs) });
      },
    },
    {
      method: "GET",
      path: "/v1/keys",
      access: "read",
      handle: async () => json((await authKeys.list()).map(describeKey)),
    },
    {
      method: "DELETE",
      path: "/v1/keys/:id",
      access: "change",
      handle: async ({ params }) => {
        const id = params.id ?? "";
        await authKeys.revoke(id);
        return json({ id, state: "revoked" });
      },
    },
    {
      method: "GET",
      path: "/v1/nodes",
      access: "read",
      handle: () => json([...registry.members()].map(describe)),
    },
    {
      method: "DELETE",
      path: "/v1/nodes/:name",
      access: "change",
      handle: async ({ params }) => {
        const removed = await hub.removeNode(find(params.name ?? "").nodeKey);
        return json({ name: removed.hostname, ips: removed.ips, removed: true });
      },
    },
    {
      method: "POST",
      path: "/v1/nodes/:name/rename",
      access: "change",
      handle: async ({ params, body }) => {
        const name = parseRename(body);
        return json(describe(await hub.renameNode(find(params.name ?? "").nodeKey, name)));
      },
    },
    ...adminRelayRoutes({ ...dependencies, desk: hub.relays, offers: hub.offers }),
  ];
}

function json(body: AdminAnswer): LocalResponse {
  return { kind: "json", body };
}

/** The string to paste. */
export function printKey(key: NewAuthKey, rootKey: Uint8Array, coordinators: readonly HostPort[]): string {
  return formatAuthKey({ coordinators, rootKey, keyId: key.keyId, secret: key.secret });
}

/** By name, name within the mesh's domain, or overlay address. */
function findMember(registry: Registry, text: string): Member | undefined {
  const ip = parseIp(text);
  if (ip === undefined) return registry.memberByName(text.toLowerCase().replace(/\.mesh\.?$/, ""));
  for (const member of registry.members()) if (member.ips.some((own) => own === ip)) return member;
  return undefined;
}

function describeNode(member: Member, hub: ControlHub): NodeRecord {
  return {
    name: member.hostname,
    key: formatNodeKey(member.nodeKey),
    ips: member.ips,
    tags: member.tags,
    ephemeral: member.ephemeral,
    os: member.os,
    version: member.software,
    online: hub.isOnline(member.nodeKey),
    lastSeen: rfc3339(hub.lastSeenUnixMs(member.nodeKey) ?? member.lastSeenMs),
    created: rfc3339(member.createdMs),
  };
}

function describeKey(key: AuthKeyInfo): KeyStatus {
  return {
    id: key.id,
    state: key.state,
    reusable: key.reusable,
    ephemeral: key.ephemeral,
    tags: key.tags,
    uses: key.uses,
    created: rfc3339(key.createdUnixMs),
    expires: timestamp(key.expiresUnixMs),
  };
}

function timestamp(unixMs: number | undefined): string | null {
  return unixMs === undefined ? null : rfc3339(unixMs);
}

function rfc3339(unixMs: number): string {
  return new Date(unixMs).toISOString();
}
