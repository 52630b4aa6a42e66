// Whether a cell of the matrix is as it must be: its path and that it connected decide. Pure.
import type { PathKind } from "../../src/local-api/node-api.ts";
import { type Expectation, FIRST_PING_WITHIN_MS, withinMs } from "./expected-path.ts";

export interface Measured {
  /** From the moment the second node is told to join. */
  readonly firstPingMs?: number | undefined;
  readonly directMs?: number | undefined;
  readonly leftPath: PathKind;
  readonly rightPath: PathKind;
  /** Where each sends to. */
  readonly leftAddress?: string | undefined;
  readonly rightAddress?: string | undefined;
  readonly rttBeforeMs?: number | undefined;
  readonly rttAfterMs?: number | undefined;
  readonly error?: string | undefined;
}

export interface Verdict {
  readonly differences: readonly string[];
  readonly late: readonly string[];
}

/** @param gross by what factor a time may be exceeded before that is a difference */
export function judge(expected: Expectation, measured: Measured, gross: number): Verdict {
  const { firstPingMs, directMs, error } = measured;
  if (firstPingMs === undefined) return { differences: [error ?? "no ping was answered"], late: [] };
  const differences = [...(error === undefined ? [] : [error]), ...pathDifferences(expected, measured)];
  const late: string[] = [];
  const time = (what: string, ms: number, limitMs: number) => {
    const words = `${what} after ${ms.toFixed(0)} ms, not ${limitMs}`;
    if (ms > gross * limitMs) differences.push(words);
    else if (ms > limitMs) late.push(words);
  };
  time("first ping", firstPingMs, FIRST_PING_WITHIN_MS);
  if (expected.kind === "direct" && directMs !== undefined) time("direct", directMs, withinMs[expected.way]);
  return { differences, late };
}

function pathDifferences(expected: Expectation, measured: Measured): readonly string[] {
  const { leftPath, rightPath, leftAddress, rightAddress } = measured;
  const isDirect = leftPath === "direct" && rightPath === "direct";
  switch (expected.kind) {
    case "direct": {
      if (!isDirect) return [`${leftPath}/${rightPath}, not direct (${expected.way})`];
      const isIpv6 = [leftAddress, rightAddress].every((address) => address?.startsWith("[") === true);
      return expected.way === "ipv6" && !isIpv6 ? ["direct, but not over IPv6"] : [];
    }
    case "relay":
      return [
        ...(leftPath === expected.left ? [] : [`left: ${leftPath}, not ${expected.left}`]),
        ...(rightPath === expected.right ? [] : [`right: ${rightPath}, not ${expected.right}`]),
      ];
    case "direct-or-relay": {
      const isRelayed = leftPath === "relay-udp" && rightPath === "relay-udp";
      return isDirect || isRelayed ? [] : [`${leftPath}/${rightPath}, neither direct nor relay-udp`];
    }
  }
}
