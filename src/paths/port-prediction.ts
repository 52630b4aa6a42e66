// Where a NAT put mappings that were made between two others. A NAT that counts its ports up (or down) gives neighbouring ports to
// mappings made in the same moment; what lies between a mapping before and one after is where those in between must be, whatever
// else the NAT's other hosts did meanwhile.
import { formatSocketAddress, type SocketAddress, splitSocketAddress } from "../protocol/address.ts";
import { MAX_PREDICTED } from "../protocol/limits.ts";

/** Undefined if the two say nothing about what is between them: the NAT draws its ports at random. */
export function predictBetween(before: SocketAddress, after: SocketAddress): readonly SocketAddress[] | undefined {
  const [first, last] = [splitSocketAddress(before), splitSocketAddress(after)];
  const between = Math.abs(last.port - first.port) - 1;
  if (first.ip !== last.ip || between < 1 || between > MAX_PREDICTED) return undefined;
  const direction = Math.sign(last.port - first.port);
  return Array.from({ length: between }, (_, i) => formatSocketAddress(first.ip, first.port + direction * (i + 1)));
}
