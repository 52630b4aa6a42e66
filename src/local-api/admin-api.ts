// What a coordinator answers on its local API: the shapes of `meshd admin ... --json`. They are a contract (only additions),
// shared by the coordinator, which makes them, and the command line, which prints them. Times are RFC 3339; null is never.

/** POST /v1/keys */
export interface CreatedKey {
  /** The string to paste. */
  readonly key: string;
  readonly id: string;
  readonly expires: string | null;
}

/** GET /v1/keys: a list of these. Never the secret. */
export interface KeyStatus {
  readonly id: string;
  readonly state: "usable" | "used" | "expired" | "revoked";
  readonly reusable: boolean;
  readonly ephemeral: boolean;
  readonly tags: readonly string[];
  readonly uses: number;
  readonly created: string;
  readonly expires: string | null;
}

/** DELETE /v1/keys/ID */
export interface RevokedKey {
  readonly id: string;
  readonly state: "revoked";
}

/** GET /v1/nodes: a list of these. POST /v1/nodes/NAME/rename: the one renamed. */
export interface NodeRecord {
  readonly name: string;
  readonly key: string;
  readonly ips: readonly string[];
  readonly tags: readonly string[];
  readonly ephemeral: boolean;
  readonly os: string;
  readonly version: string;
  readonly online: boolean;
  readonly lastSeen: string;
  readonly created: string;
}

/** DELETE /v1/nodes/NAME */
export interface RemovedNode {
  readonly name: string;
  readonly ips: readonly string[];
  readonly removed: true;
}

/** POST /v1/relays */
export interface CreatedRelay {
  /** For `meshd relay --join`. */
  readonly token: string;
  readonly name: string;
}

/** GET /v1/relays: a list of these. DELETE /v1/relays/NAME: the one removed, or refused. POST /v1/relays/NAME/allow: one that is no longer. */
export interface RelayRecord {
  readonly name: string;
  /**
   * "waiting": nobody has joined with its token yet. "unreachable": a node offers it where the coordinator does not reach it (yet).
   * "refused": a node offers it, or did, and the operator does not want it.
   */
  readonly state: "online" | "offline" | "waiting" | "removed" | "unreachable" | "refused";
  /** Name of the node that offers it; absent for a relay that runs by itself. */
  readonly offeredBy?: string;
  readonly region: string;
  readonly udpAddresses: readonly string[];
  readonly tcpAddresses: readonly string[];
  readonly created: string;
  readonly lastSeen: string | null;
}

/** GET /v1/status */
export interface CoordinatorStatus {
  readonly version: string;
  /** Where nodes find it, best first. */
  readonly coordinators: readonly string[];
  readonly netmapVersion: number;
  readonly nodes: number;
  readonly online: number;
}
