// Helping a peer behind a NAT that maps per destination to reach us (docs/protocol.md, "Hard NATs"): it is asked whether we would,
// and when its sockets are open, random ports of its address are pinged until one of the pings meets one of the sockets.
//
// Assumes: the address is one that the mesh's servers saw the peer at.
import { formatSocketAddress } from "../protocol/address.ts";
import { TRANSACTION_ID_BYTES } from "../protocol/limits.ts";
import type { HardPunchMessage } from "../protocol/messages.ts";
import { type Milliseconds, SECOND_MS } from "../protocol/units.ts";
import type { Lease, PeerBirthdays } from "./birthday-desk.ts";
import type { DiscoChannel, DiscoTransmit, HardOutcome, RandomBytes } from "./types.ts";

export const BIRTHDAY_PROBES = 1024;
/** RFC 6056 §3.2: NATs draw from at least these; below are the well-known ports. */
const FIRST_PORT = 1024;
const LAST_PORT = 65_535;
/** For the last probe to be answered. */
const LAST_ANSWER_MS: Milliseconds = SECOND_MS;

export interface EasySideOptions {
  readonly channel: DiscoChannel;
  readonly birthdays: PeerBirthdays;
  readonly random: RandomBytes;
}

interface Attempt {
  readonly number: number;
  readonly lease: Lease;
  readonly ip: string;
  /** Still to be pinged; undefined before the hard side is ready. */
  ports: number[] | undefined;
  /** When the last of them was. */
  doneAt: Milliseconds | undefined;
}

export class EasySide {
  readonly #options: EasySideOptions;
  #attempt: Attempt | undefined;
  #outcome: HardOutcome | undefined;
  readonly #messages: HardPunchMessage[] = [];

  constructor(options: EasySideOptions) {
    this.#options = options;
  }

  get isIdle(): boolean {
    return this.#attempt === undefined;
  }

  /** Why the last one ended without a path. */
  get outcome(): HardOutcome | undefined {
    return this.#outcome;
  }

  /** A birthday attempt's "propose" or "go"; `ip` is where the peer was seen, undefined if it may not be probed in numbers. */
  handleMessage({ step, attempt }: HardPunchMessage, ip: string | undefined, now: Milliseconds): void {
    this.handleTimeout(now);
    if (step === "propose") this.#handleProposal(attempt, ip, now);
    if (step === "go" && this.#attempt?.number === attempt) this.#attempt.ports ??= this.#drawPorts();
  }

  /** A path is there, or contact is over. */
  stop(succeeded: boolean): void {
    if (succeeded || this.#attempt?.ports !== undefined) this.#outcome = succeeded ? undefined : "nothing-heard";
    this.#attempt?.lease.end(succeeded);
    this.#attempt = undefined;
  }

  handleTimeout(now: Milliseconds): void {
    if (this.#attempt !== undefined && now >= overAt(this.#attempt)) this.stop(false);
  }

  pollTimeout(): Milliseconds | undefined {
    if (this.#attempt === undefined) return undefined;
    const { lease, ports = [] } = this.#attempt;
    const overMs = overAt(this.#attempt);
    return ports.length === 0 ? overMs : Math.min(overMs, lease.packetsAgainAt());
  }

  pollMessage(): HardPunchMessage | undefined {
    return this.#messages.shift();
  }

  pollTransmit(now: Milliseconds): DiscoTransmit | undefined {
    const { ports = [], lease, ip } = this.#attempt ?? {};
    const port = ports.at(-1);
    if (port === undefined || ip === undefined || lease?.takePacket(now) !== true) return undefined;
    ports.pop();
    if (ports.length === 0 && this.#attempt !== undefined) this.#attempt.doneAt = now;
    const transactionId = this.#options.random(TRANSACTION_ID_BYTES);
    const data = this.#options.channel.seal({ kind: "ping", transactionId, paddingBytes: 0 });
    return { data, to: { kind: "direct", address: formatSocketAddress(ip, port) } };
  }

  #handleProposal(number: number, ip: string | undefined, now: Milliseconds): void {
    if (this.#attempt?.number !== number) {
      const { birthdays } = this.#options;
      const lease = ip === undefined ? undefined : birthdays.begin(now);
      if (lease === undefined || ip === undefined) {
        if (birthdays.isBusy(now)) this.#outcome = "busy";
        this.#messages.push({ kind: "hard-punch", step: "refuse", method: "birthday", attempt: number, predicted: [] });
        return;
      }
      this.#attempt = { number, lease, ip, ports: undefined, doneAt: undefined };
    }
    this.#messages.push({ kind: "hard-punch", step: "accept", method: "birthday", attempt: number, predicted: [] });
  }

  #drawPorts(): number[] {
    const ports = new Set<number>();
    while (ports.size < BIRTHDAY_PROBES) {
      const bytes = this.#options.random(2);
      const port = new DataView(bytes.buffer, bytes.byteOffset).getUint16(0);
      // Ports below the first are drawn again: every other one is as likely as any.
      if (port >= FIRST_PORT && port <= LAST_PORT) ports.add(port);
    }
    return [...ports];
  }
}

function overAt({ lease, doneAt = Infinity }: Attempt): Milliseconds {
  return Math.min(lease.endsAt, doneAt + LAST_ANSWER_MS);
}
