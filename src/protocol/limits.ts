// Bounds of everything that is decoded. They are part of the protocol: a sender stays below them, a receiver refuses more.

/** A control channel frame's body (docs/protocol.md, "Control channel"). */
export const MAX_FRAME_BYTES = 1_048_576;
/** What a node says; only the netmap, which goes the other way, is large. */
export const MAX_NODE_MESSAGE_BYTES = 65_536;
/** Hellos are the only frames read from strangers: nothing in them needs more. */
export const MAX_HELLO_BYTES = 512;
/** RFC 1035 §2.3.4: a DNS label. Host names and relay names. */
export const MAX_LABEL = 63;
/** Words of people and programs: operating system, version, region, reasons. */
export const MAX_TEXT = 256;
export const MAX_TAGS = 64;
export const MAX_IPS = 8;
export const MAX_ROUTES = 256;
export const MAX_COORDINATORS = 16;
export const MAX_PREFIXES = 8;
/** Addresses at which a hard side expects its new mappings. */
export const MAX_PREDICTED = 16;
/** Addresses at which coordinator and relay saw one node. */
export const MAX_OBSERVED_IPS = 4;
export const MAX_STUN_SERVERS = 16;
export const MAX_RELAY_ADDRESSES = 16;
/** Of a member's relay: the coordinator tries each. */
export const MAX_OFFERED_ADDRESSES = 8;
/** Of one message. */
export const MAX_OBSERVATIONS = 64;
export const MAX_TICKETS = 16;
/** Removed nodes whose tickets may still be valid. */
export const MAX_REVOCATIONS = 16_384;
export const MAX_ENTRY_NAME = 128;
/** One netmap entry, serialized. */
export const MAX_ENTRY_BYTES = 32_768;
/** What all parts of a netmap update together may hold (some 100,000 peers), and so a netmap on disk. */
export const MAX_NETMAP_BYTES = 64 * 1024 * 1024;
export const MAX_HEADER_BYTES = 512;
export const MAX_TICKET_BYTES = 512;
export const MAX_VERSIONS = 16;

export const KEY_BYTES = 32;
export const SIGNATURE_BYTES = 64;
export const NONCE_BYTES = 32;
export const HASH_BYTES = 32;
export const MESH_ID_BYTES = 16;
export const BOOT_ID_BYTES = 8;
export const KEY_ID_BYTES = 8;
export const SECRET_BYTES = 32;
/** STUN's size as well (RFC 8489 §5). */
export const TRANSACTION_ID_BYTES = 12;
