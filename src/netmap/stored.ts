// A netmap as a file: magic ‖ NetmapUpdate (full, as received) ‖ checksum. The checksum tells a torn or foreign file from one
// whose content is refused; what is believed is the signature inside, checked again on reading.
import { blake2b, concat, domain, equalBytes } from "../identity/hash.ts";
import { decodeNetmapUpdate, encodeNetmapUpdate } from "../protocol/control-codec.ts";
import { ProtocolViolation } from "../protocol/errors.ts";
import { MAX_NETMAP_BYTES } from "../protocol/limits.ts";
import type { NetmapTrust } from "./header.ts";
import { applyUpdate } from "./state.ts";
import type { Applied, NetmapState } from "./state.ts";

/** The number is the file format's version. */
const MAGIC = domain("meshd netmap file 1");
/** What a later version of the format begins with. */
const NEWER = /^meshd netmap file [1-9]/;
const CHECKSUM_BYTES = 32;

export function serializeNetmap(state: NetmapState): Uint8Array {
  const entries = Array.from(state.entries.values(), ({ bytes }) => bytes);
  const content = concat([MAGIC, encodeNetmapUpdate({ header: state.signedHeader, full: true, entries, removed: [] })]);
  return concat([content, checksum(content)]);
}

/** The netmap of a file, checked as if it had just been received; else the reason why it is none. */
export function parseNetmap(trust: NetmapTrust, file: Uint8Array): Applied {
  const content = file.subarray(0, -CHECKSUM_BYTES);
  if (file.length > MAX_NETMAP_BYTES || !equalBytes(content.subarray(0, MAGIC.length), MAGIC)) {
    const isNewer = NEWER.test(Buffer.from(content.subarray(0, MAGIC.length + 8)).toString("latin1"));
    return { ok: false, reason: isNewer ? "a newer meshd wrote it" : "not a netmap file" };
  }
  if (!equalBytes(checksum(content), file.subarray(-CHECKSUM_BYTES))) {
    return { ok: false, reason: "netmap file is damaged" };
  }
  try {
    return applyUpdate(trust, undefined, decodeNetmapUpdate(content.subarray(MAGIC.length), MAX_NETMAP_BYTES));
  } catch (error) {
    if (error instanceof ProtocolViolation) return { ok: false, reason: error.message };
    throw error;
  }
}

function checksum(content: Uint8Array): Uint8Array {
  return blake2b(CHECKSUM_BYTES, "meshd netmap checksum v1", [content]);
}
