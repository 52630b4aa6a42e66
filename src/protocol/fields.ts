// Checks of single fields after protobuf decoding. Each takes the field's name for the violation it throws.
import { parseCidr, parseHostPort, parseIp, parseOverlayIp, parseSocketAddress } from "./address.ts";
import type { OverlayIp, SocketAddress } from "./address.ts";
import { CANDIDATE_KINDS, MAX_CANDIDATES } from "./candidate.ts";
import type { Candidate, LaterFields } from "./candidate.ts";
import { ProtocolViolation } from "./errors.ts";
import { KEY_BYTES, MAX_LABEL } from "./limits.ts";
import { NAT_MAPPINGS, type NatHint, PORT_ALLOCATIONS } from "./nat-hint.ts";
import { nodeKeyFromBytes } from "./node-key.ts";
import type { NodeKey } from "./node-key.ts";

/** Control characters would let a peer draw on terminals and forge log lines. */
const CONTROL_CHARACTERS = /\p{Cc}/u;
const LABEL = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/i;

/** A copy, so that a small field does not keep its whole frame alive. */
export function fixedBytes(value: Uint8Array, length: number, name: string): Uint8Array {
  if (value.length !== length) throw new ProtocolViolation(`${name} must have ${length} bytes`);
  return new Uint8Array(value);
}

export function boundedBytes(value: Uint8Array, min: number, max: number, name: string): Uint8Array {
  if (value.length < min || value.length > max) throw new ProtocolViolation(`${name} must have ${min} to ${max} bytes`);
  return new Uint8Array(value);
}

export function nodeKeyField(value: Uint8Array, name: string): NodeKey {
  return nodeKeyFromBytes(fixedBytes(value, KEY_BYTES, name));
}

export function text(value: string, max: number, name: string): string {
  if (value.length > max) throw new ProtocolViolation(`${name} is longer than ${max} characters`);
  if (CONTROL_CHARACTERS.test(value)) throw new ProtocolViolation(`${name} has control characters`);
  return value;
}

/** A DNS label: 1…63 letters, digits, inner hyphens. */
export function label(value: string, name: string): string {
  if (value.length > MAX_LABEL || !LABEL.test(value)) throw new ProtocolViolation(`${name} is not a name`);
  return value;
}

export function optionalLabel(value: string, name: string): string {
  return value === "" ? "" : label(value, name);
}

/** An unsigned integer that a double holds exactly. */
export function uint(value: number, name: string): number {
  if (!Number.isSafeInteger(value) || value < 0) throw new ProtocolViolation(`${name} is out of range`);
  return value;
}

/** The word for an enum number; undefined for numbers of later versions. */
export function word<Word extends string>(words: readonly Word[], value: number): Word | undefined {
  return words[value];
}

export function list<In, Out>(values: readonly In[], max: number, name: string, item: (value: In) => Out): Out[] {
  if (values.length > max) throw new ProtocolViolation(`${name} has more than ${max} items`);
  return values.map(item);
}

function parsed<T>(value: string, name: string, parse: (text: string) => T | undefined): T {
  const result = parse(value);
  if (result === undefined) throw new ProtocolViolation(`${name} is not an address`);
  return result;
}

export function socketAddress(value: string, name: string): SocketAddress {
  return parsed(value, name, parseSocketAddress);
}

/** Canonical. */
export function ipAddress(value: string, name: string): string {
  return parsed(value, name, parseIp);
}

export function overlayIp(value: string, name: string): OverlayIp {
  return parsed(value, name, parseOverlayIp);
}

export function cidr(value: string, name: string): string {
  return parsed(value, name, parseCidr);
}

/** "host:port", left as written. */
export function hostPort(value: string, name: string): string {
  parsed(value, name, parseHostPort);
  return value;
}

/** Of one candidate or hint; more is left out, as others keep and sign it. */
export const MAX_LATER_BYTES = 64;

/** What the generated code knows a message by, besides its fields. */
interface Decoded {
  readonly $unknowns?: readonly Uint8Array[];
}

/** Copies, for the reason that `fixedBytes` gives. */
function laterFields({ $unknowns = [] }: Decoded): { readonly later?: LaterFields } {
  const size = $unknowns.reduce((sum, field) => sum + field.length, 0);
  return size === 0 || size > MAX_LATER_BYTES ? {} : { later: $unknowns.map((field) => new Uint8Array(field)) };
}

function laterToWire(later: LaterFields | undefined): { $unknowns?: Uint8Array[] } {
  return later === undefined ? {} : { $unknowns: [...later] };
}

interface CandidateFields extends Decoded {
  readonly kind?: number | null;
  readonly address?: string | null;
}

/** Candidates of kinds unknown to this version are left out. */
export function candidates(values: readonly CandidateFields[]): Candidate[] {
  return list(values, MAX_CANDIDATES, "candidates", (value) => ({
    kind: word(CANDIDATE_KINDS, value.kind ?? 0),
    address: socketAddress(value.address ?? "", "candidate address"),
    ...laterFields(value),
  })).flatMap(({ kind, ...rest }) => (kind === undefined ? [] : [{ kind, ...rest }]));
}

interface CandidateProperties {
  kind: number;
  address: string;
  $unknowns?: Uint8Array[];
}

export function candidatesToWire(values: readonly Candidate[]): CandidateProperties[] {
  return values.slice(0, MAX_CANDIDATES).map(({ kind, address, later }) => ({
    kind: CANDIDATE_KINDS.indexOf(kind),
    address,
    ...laterToWire(later),
  }));
}

interface NatHintFields extends Decoded {
  readonly mapping?: number | null;
  readonly allocation?: number | null;
  readonly step?: number | null;
}

/** Words of later versions count as unknown. */
export function natHint(value: NatHintFields): NatHint {
  return {
    mapping: word(NAT_MAPPINGS, value.mapping ?? 0) ?? "unknown",
    allocation: word(PORT_ALLOCATIONS, value.allocation ?? 0) ?? "unknown",
    step: value.step ?? 0,
    ...laterFields(value),
  };
}

interface NatHintProperties {
  mapping: number;
  allocation: number;
  step: number;
  $unknowns?: Uint8Array[];
}

export function natHintToWire({ mapping, allocation, step, later }: NatHint): NatHintProperties {
  return {
    mapping: NAT_MAPPINGS.indexOf(mapping),
    allocation: PORT_ALLOCATIONS.indexOf(allocation),
    step,
    ...laterToWire(later),
  };
}

/** Fields that protobuf leaves out when they are absent. */
export function required<T>(value: T | null | undefined, name: string): T {
  if (value === null || value === undefined) throw new ProtocolViolation(`${name} is missing`);
  return value;
}
