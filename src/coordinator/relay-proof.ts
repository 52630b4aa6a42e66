// Whether a relay is where a member says: hello, cookie and registration to each address that it claims, from a socket nobody has sent
// to before, so that what comes in came without the help of a NAT's mapping. A relay that answers has signed with its key for our nonce.
//
// The ticket shown has expired long ago: the relay says so, under its signature, and keeps nothing of us. Addresses are a member's claims,
// so each costs a stranger there at most five datagrams of 96 bytes; only who gave a cookie hears more. A machine without I/O.
import { type SigningKey, nodeKeyOf, signRelayRegister, verifyRelayAccepted } from "../identity/index.ts";
import { issueTicket } from "../identity/relay-tickets.ts";
import {
  decodeFromRelay,
  encodeRelayHello,
  encodeRelayRegistration,
  RELAY_NONCE_BYTES,
} from "../paths/relay-control.ts";
import type { SocketAddress } from "../protocol/address.ts";
import type { Milliseconds } from "../protocol/units.ts";

/** When what is not answered is said again, and the end. */
const SCHEDULE: readonly Milliseconds[] = [0, 250, 750, 1500, 2500, 4000];

export interface RelayProofOptions {
  readonly root: SigningKey;
  readonly meshId: Uint8Array;
  readonly relayKey: Uint8Array;
  /** Made for this check alone. */
  readonly prober: SigningKey;
  readonly addresses: readonly SocketAddress[];
  readonly random: (count: number) => Uint8Array;
}

interface Claim {
  readonly address: SocketAddress;
  readonly nonce: Uint8Array;
  /** What it is asked now. */
  question: Uint8Array;
  state: "greeting" | "registering" | "proven";
}

export interface ProofTransmit {
  readonly address: SocketAddress;
  readonly data: Uint8Array;
}

export class RelayProof {
  readonly #options: RelayProofOptions;
  readonly #claims: ReadonlyMap<SocketAddress, Claim>;
  readonly #startedAt: Milliseconds;
  readonly #transmits: ProofTransmit[] = [];
  #sent = 0;

  constructor(options: RelayProofOptions, now: Milliseconds) {
    this.#options = options;
    this.#startedAt = now;
    this.#claims = new Map(
      options.addresses.map((address) => {
        const nonce = options.random(RELAY_NONCE_BYTES);
        return [address, { address, nonce, question: encodeRelayHello(nonce), state: "greeting" }];
      }),
    );
    this.handleTimeout(now);
  }

  /** In the order of the claims. */
  get proven(): readonly SocketAddress[] {
    return [...this.#claims.values()].filter(({ state }) => state === "proven").map(({ address }) => address);
  }

  handleDatagram(datagram: Uint8Array, from: SocketAddress): void {
    const claim = this.#claims.get(from);
    const message = decodeFromRelay(datagram);
    if (claim === undefined || message === undefined) return;
    if (message.kind === "cookie" && claim.state === "greeting" && same(message.nonce, claim.nonce)) {
      claim.state = "registering";
      claim.question = this.#registration(claim.nonce, message.cookie);
      this.#ask(claim);
    } else if (message.kind === "accepted" && claim.state === "registering" && same(message.nonce, claim.nonce)) {
      const { meshId, relayKey, prober } = this.#options;
      const registration = { meshId, relayKey, nonce: claim.nonce, nodeKey: nodeKeyOf(prober) };
      if (verifyRelayAccepted(registration, message.accepted)) claim.state = "proven";
    }
  }

  handleTimeout(now: Milliseconds): void {
    const due = SCHEDULE.findLastIndex((ms) => now >= this.#startedAt + ms) + 1;
    if (due <= this.#sent) return;
    this.#sent = due;
    if (due === SCHEDULE.length) return;
    for (const claim of this.#claims.values()) if (claim.state !== "proven") this.#ask(claim);
  }

  /** Undefined: it is over. */
  pollTimeout(): Milliseconds | undefined {
    const isOpen = [...this.#claims.values()].some(({ state }) => state !== "proven");
    const next = SCHEDULE[this.#sent];
    return isOpen && next !== undefined ? this.#startedAt + next : undefined;
  }

  pollTransmit(): ProofTransmit | undefined {
    return this.#transmits.shift();
  }

  #ask({ address, question }: Claim): void {
    this.#transmits.push({ address, data: question });
  }

  #registration(nonce: Uint8Array, cookie: Uint8Array): Uint8Array {
    const { root, meshId, relayKey, prober } = this.#options;
    const fields = { nodeKey: nodeKeyOf(prober), relayKey, notBeforeUnixMs: 0, notAfterUnixMs: 1 };
    const signature = signRelayRegister(prober, { meshId, relayKey, nonce }, cookie);
    return encodeRelayRegistration(nonce, cookie, { ticket: issueTicket(root, fields), signature });
  }
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
