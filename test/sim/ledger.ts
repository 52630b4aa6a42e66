// What one host sent, as its router would see it: enough to hold connectivity.md's budgets against it.
import type { SocketAddress } from "../../src/protocol/index.ts";

export interface SentPacket {
  /** By the host's clock: what it did before and after a sleep is one. */
  readonly at: number;
  readonly data: Uint8Array;
  readonly to: SocketAddress;
  /** An extra socket's handle. */
  readonly socket: number | undefined;
  readonly peer: string | undefined;
  /** To an address of the host itself. */
  readonly isOwn: boolean;
}

export interface Probe {
  readonly at: number;
  readonly to: SocketAddress;
  readonly isOwn: boolean;
}

/** Many new mappings for one peer in quick succession. */
export interface Birthday {
  readonly peer: string;
  readonly startedAt: number;
  endedAt: number;
  packets: number;
}

/** Claims, predictions and learned addresses of an ordinary attempt make fewer new mappings. */
const BIRTHDAY_MAPPINGS = 80;
/** Between two packets of one attempt that make a mapping: other peers' probes go first. */
const BIRTHDAY_GAP_MS = 1000;

interface Run {
  readonly startedAt: number;
  lastAt: number;
  mappings: number;
  packets: number;
  birthday: Birthday | undefined;
}

export type SentKind =
  "stun" | "relay-hello" | "relay-register" | "relay-ping" | "relay-data" | "probe" | "echo" | "data";

export class Ledger {
  /** Sealed disco to bare addresses. */
  readonly probes: Probe[] = [];
  readonly birthdays: Birthday[] = [];
  /** Everything, where somebody asked for it. */
  readonly everything: { readonly at: number; readonly to: SocketAddress; readonly kind: SentKind }[] = [];
  keepsEverything = false;
  peakSockets = 0;
  /** Byte streams begun. */
  streams = 0;
  readonly #mappings = new Map<string, Set<string>>();
  readonly #runs = new Map<string, Run>();

  note({ at, data, to, socket, peer, isOwn }: SentPacket): void {
    const kind = kindOf(data);
    if (this.keepsEverything) this.everything.push({ at, to, kind });
    if (kind !== "probe") return;
    this.probes.push({ at, to, isOwn });
    if (peer !== undefined) this.#noteMapping(at, `${to} ${socket ?? ""}`, peer);
  }

  /** The most probes in any second. */
  peakProbes(): number {
    let peak = 0;
    for (let first = 0, next = 0; next < this.probes.length; next++) {
      while ((this.probes[next]?.at ?? 0) - (this.probes[first]?.at ?? 0) >= 1000) first++;
      peak = Math.max(peak, next - first + 1);
    }
    return peak;
  }

  #noteMapping(at: number, mapping: string, peer: string): void {
    const known = this.#mappings.get(peer) ?? new Set();
    this.#mappings.set(peer, known);
    let run = this.#runs.get(peer);
    if (!known.has(mapping)) {
      known.add(mapping);
      if (run === undefined || at > run.lastAt + BIRTHDAY_GAP_MS) {
        run = { startedAt: at, lastAt: at, mappings: 0, packets: 0, birthday: undefined };
        this.#runs.set(peer, run);
      }
      run.mappings += 1;
      run.lastAt = at;
    }
    if (run === undefined || at > run.lastAt) return;
    run.packets += 1;
    if (run.birthday === undefined && run.mappings === BIRTHDAY_MAPPINGS) {
      run.birthday = { peer, startedAt: run.startedAt, endedAt: at, packets: 0 };
      this.birthdays.push(run.birthday);
    }
    if (run.birthday !== undefined) {
      run.birthday.endedAt = at;
      run.birthday.packets = run.packets;
    }
  }
}

function kindOf(data: Uint8Array): SentKind {
  switch (data[0]) {
    case 0:
      return "stun";
    case 16:
      return data[1] === 1 ? "probe" : "echo";
    case 17:
      return data[1] === 1 ? "relay-hello" : data[1] === 3 ? "relay-register" : "relay-ping";
    case 18:
      return "relay-data";
    default:
      return "data";
  }
}
