// How many strangers of one network may be at the door at a time, so that one of them cannot stand in the way of everybody else.
import { ipBytes, parseSocketAddress, splitSocketAddress } from "../protocol/address.ts";

/** What one customer usually has: as with the relay's limits (docs/protocol.md, "Relay"). */
const NETWORK_BYTES = { 4: 3, 6: 7 } as const;

export class SourceLimit {
  readonly #max: number;
  readonly #held = new Map<string, number>();

  constructor(max: number) {
    this.#max = max;
  }

  /** @param remoteAddress "ip:port"; unknown ones count as one network. Returns what gives the place back, once. */
  take(remoteAddress: string | undefined): (() => void) | undefined {
    const network = networkOf(remoteAddress);
    const held = this.#held.get(network) ?? 0;
    if (held >= this.#max) return undefined;
    this.#held.set(network, held + 1);
    return () => {
      const left = (this.#held.get(network) ?? 1) - 1;
      if (left === 0) this.#held.delete(network);
      else this.#held.set(network, left);
    };
  }
}

function networkOf(remoteAddress: string | undefined): string {
  const address = remoteAddress === undefined ? undefined : parseSocketAddress(remoteAddress);
  if (address === undefined) return "";
  const { ip, family } = splitSocketAddress(address);
  return ipBytes(ip).subarray(0, NETWORK_BYTES[family]).join(".");
}
