// A node as the coordinator knows it, and its row.
import type { OverlayIp } from "../protocol/address.ts";
import { type NodeKey, parseNodeKey } from "../protocol/node-key.ts";
import { parseTags } from "./auth-keys.ts";
import type { Ipam } from "./ipam.ts";
import type { NodeRow } from "./storage/schema.ts";

export interface Member {
  readonly nodeKey: NodeKey;
  readonly discoKey: Uint8Array;
  readonly discoSignature: Uint8Array;
  readonly hostname: string;
  /** What the node last asked to be called, as a label; null: not known. */
  readonly wishedName: string | null;
  readonly addressIndex: number;
  /** Overlay addresses, IPv4 first. */
  readonly ips: readonly OverlayIp[];
  readonly tags: readonly string[];
  readonly ephemeral: boolean;
  readonly os: string;
  readonly software: string;
  readonly createdMs: number;
  readonly lastSeenMs: number;
  /** Unix ms; null while it is a member. A removed node is remembered, so that it can be told. */
  readonly removedMs: number | null;
}

export function toRow(member: Member): NodeRow {
  return {
    node_key: member.nodeKey,
    disco_key: member.discoKey,
    disco_signature: member.discoSignature,
    hostname: member.hostname,
    wished_name: member.wishedName,
    address_index: member.addressIndex,
    tags: JSON.stringify(member.tags),
    ephemeral: Number(member.ephemeral),
    os: member.os,
    software: member.software,
    created_ms: member.createdMs,
    last_seen_ms: member.lastSeenMs,
    removed_ms: member.removedMs,
  };
}

/** Undefined for a row whose key is none: it cannot come from this program. */
export function fromRow(row: NodeRow, ipam: Ipam): Member | undefined {
  const nodeKey = parseNodeKey(row.node_key);
  if (nodeKey === undefined) return undefined;
  return {
    nodeKey,
    discoKey: row.disco_key,
    discoSignature: row.disco_signature,
    hostname: row.hostname,
    wishedName: row.wished_name,
    addressIndex: row.address_index,
    ips: ipam.addresses(row.address_index),
    tags: parseTags(row.tags),
    ephemeral: row.ephemeral === 1,
    os: row.os,
    software: row.software,
    createdMs: row.created_ms,
    lastSeenMs: row.last_seen_ms,
    removedMs: row.removed_ms,
  };
}
