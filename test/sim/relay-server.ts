// A host of the mesh with STUN and a relay on one port, for IPv4 and IPv6, and the relay over byte streams.
import {
  concat,
  issueTicket,
  relayIdOf,
  signRelayAccepted,
  type SigningKey,
  verifyRelayRegister,
  verifyTicket,
} from "../../src/identity/index.ts";
import {
  decodeRelayRegister,
  encodeRelayAccepted,
  formatSocketAddress,
  ipBytes,
  type NodeKey,
  type SignedTicket,
  type SocketAddress,
  splitSocketAddress,
} from "../../src/protocol/index.ts";
import type { Line, Network, Packet, Site } from "./network.ts";
import type { Random } from "./random.ts";

const MAGIC_COOKIE = Uint8Array.of(0x21, 0x12, 0xa4, 0x42);
const STUN_SUCCESS = Uint8Array.of(1, 1);
const IDLE_TIMEOUT_MS = 60_000;
/** Streams are known to the server by addresses of their own. */
const STREAMS_IP = "192.0.2.1";

/** RFC 8489 §6.3.1 and §14.2. */
function bindingResponse(request: Uint8Array, from: SocketAddress): Uint8Array {
  const { ip, port, family } = splitSocketAddress(from);
  const mask = concat([MAGIC_COOKIE, request.subarray(8, 20)]);
  const address = ipBytes(ip).map((byte, i) => byte ^ (mask[i] ?? 0));
  const masked = Uint8Array.of((port >> 8) ^ 0x21, (port & 0xff) ^ 0x12);
  const header = Uint8Array.of(0, 0x20, 0, 4 + address.length, 0, family === 4 ? 1 : 2);
  const attribute = concat([header, masked, address]);
  return concat([STUN_SUCCESS, Uint8Array.of(0, attribute.length), request.subarray(4, 20), attribute]);
}

interface Session {
  readonly id: number;
  readonly address: SocketAddress;
  readonly relayId: string;
}

export interface RelayIdentity {
  readonly root: SigningKey;
  readonly key: SigningKey;
  readonly meshId: Uint8Array;
}

export class RelayServer {
  readonly name: string;
  readonly addresses: readonly SocketAddress[];
  readonly #network: Network;
  readonly site: Site;
  readonly #random: Random;
  readonly #identity: RelayIdentity;
  readonly #sessions = new Map<number, Session>();
  readonly #byRelayId = new Map<string, Session>();
  readonly #streams = new Map<SocketAddress, Line>();
  #away = false;
  forwarded = 0;

  constructor(
    name: string,
    addresses: readonly SocketAddress[],
    place: { readonly network: Network; readonly site: Site },
    random: Random,
    identity: RelayIdentity,
  ) {
    this.name = name;
    this.addresses = addresses;
    this.#network = place.network;
    this.site = place.site;
    this.#random = random;
    this.#identity = identity;
    for (const address of addresses) {
      place.site.hosts.set(splitSocketAddress(address).ip, (packet) => {
        if (!this.#away) this.#receive(packet);
      });
    }
  }

  get publicKey(): Uint8Array {
    return this.#identity.key.publicKey;
  }

  get away(): boolean {
    return this.#away;
  }

  /** Dead, and all its memory with it. */
  die(): void {
    this.restart();
    this.#away = true;
  }

  comeBack(): void {
    this.#away = false;
  }

  /** Knows nobody any more. */
  restart(): void {
    this.#sessions.clear();
    this.#byRelayId.clear();
    for (const line of this.#streams.values()) line.close();
    this.#streams.clear();
  }

  ticketFor(nodeKey: NodeKey): SignedTicket {
    const { root, key } = this.#identity;
    return issueTicket(root, { nodeKey, relayKey: key.publicKey, notBeforeUnixMs: 0, notAfterUnixMs: 10 ** 12 });
  }

  /** Where the relay sees a node, for the coordinator. */
  seenIpOf(nodeKey: NodeKey): string | undefined {
    const session = this.#byRelayId.get(hex(relayIdOf(this.#identity.meshId, nodeKey)));
    if (session === undefined || this.#streams.has(session.address)) return undefined;
    return splitSocketAddress(session.address).ip;
  }

  /** A byte stream of a node arrives; false if nobody is there. */
  accept(line: Line): boolean {
    if (this.#away) return false;
    const address = formatSocketAddress(STREAMS_IP, 1 + this.#random.integer(1, 60_000));
    this.#streams.set(address, line);
    line.onDeparture = (data) => {
      if (!this.#away) this.#receive({ from: address, to: address, data });
    };
    return true;
  }

  #receive({ data, from, to }: Packet): void {
    const body = data.subarray(2);
    const reply = (bytes: Uint8Array) => {
      this.#send(from, bytes, to);
    };
    if (data[0] === 0) reply(bindingResponse(data, from));
    else if (data[0] === 18) this.#forward(data, from, reply);
    else if (data[0] !== 17) return;
    // The cookie is of no interest here: source addresses are genuine.
    else if (data[1] === 1) reply(concat([Uint8Array.of(17, 2), body.subarray(0, 16), new Uint8Array(16)]));
    else if (data[1] === 3) this.#register(body, from, reply);
    else if (data[1] === 5) this.#answerPing(body, from, reply);
  }

  #register(body: Uint8Array, from: SocketAddress, reply: (bytes: Uint8Array) => void): void {
    const { root, key, meshId } = this.#identity;
    const [nonce, cookie] = [body.slice(0, 16), body.slice(16, 32)];
    const { ticket, signature } = decodeRelayRegister(body.subarray(32));
    const verdict = verifyTicket(ticket, { relayKey: key.publicKey, rootKeys: [root.publicKey], nowUnixMs: 1 });
    if (!verdict.ok) return;
    const { nodeKey } = verdict.ticket;
    if (!verifyRelayRegister({ meshId, nodeKey, relayKey: key.publicKey, nonce }, cookie, signature)) return;
    const relayId = hex(relayIdOf(meshId, nodeKey));
    const before = this.#byRelayId.get(relayId);
    if (before !== undefined) this.#sessions.delete(before.id);
    const session = { id: this.#random.integer(1, 2 ** 31), address: from, relayId };
    this.#sessions.set(session.id, session);
    this.#byRelayId.set(relayId, session);
    const proof = signRelayAccepted(key, { meshId, nodeKey, nonce }, { session: session.id, observed: from });
    const accepted = encodeRelayAccepted({
      session: session.id,
      observed: from,
      idleTimeoutMs: IDLE_TIMEOUT_MS,
      signature: proof,
      refused: "accepted",
    });
    reply(concat([Uint8Array.of(17, 4), nonce, accepted]));
  }

  #answerPing(body: Uint8Array, from: SocketAddress, reply: (bytes: Uint8Array) => void): void {
    if (this.#sessionOf(body, from) === undefined) {
      reply(concat([Uint8Array.of(17, 7), body.subarray(0, 4)]));
      return;
    }
    const { ip, port, family } = splitSocketAddress(from);
    const prefix = family === 6 ? [] : [new Uint8Array(10), Uint8Array.of(255, 255)];
    const observed = [Uint8Array.of(port >> 8, port & 0xff), ...prefix, ipBytes(ip)];
    reply(concat([Uint8Array.of(17, 6), body.subarray(0, 12), ...observed]));
  }

  #forward(data: Uint8Array, from: SocketAddress, reply: (bytes: Uint8Array) => void): void {
    const sender = this.#sessionOf(data.subarray(2), from);
    const receiver = this.#byRelayId.get(hex(data.subarray(6, 14)));
    if (sender === undefined) reply(concat([Uint8Array.of(17, 7), data.subarray(2, 6)]));
    if (sender === undefined || receiver === undefined) return;
    this.forwarded += 1;
    this.#send(receiver.address, relayData(receiver.id, Buffer.from(sender.relayId, "hex"), data.subarray(14)));
  }

  #sessionOf(bytes: Uint8Array, from: SocketAddress): Session | undefined {
    const session = this.#sessions.get(new DataView(bytes.buffer, bytes.byteOffset).getUint32(0));
    return session?.address === from ? session : undefined;
  }

  #send(to: SocketAddress, data: Uint8Array, own?: SocketAddress): void {
    const line = this.#streams.get(to);
    const { family } = splitSocketAddress(to);
    const from = own ?? this.addresses.find((address) => splitSocketAddress(address).family === family);
    if (line !== undefined) line.answer(data);
    else if (from !== undefined) this.#network.send(this.site, { from, to, data });
  }
}

/** docs/protocol.md, "Relay": data. */
export function relayData(session: number, relayId: Uint8Array, packet: Uint8Array): Uint8Array {
  const datagram = new Uint8Array(14 + packet.length);
  datagram[0] = 18;
  datagram[1] = 1;
  new DataView(datagram.buffer).setUint32(2, session);
  datagram.set(relayId, 6);
  datagram.set(packet, 14);
  return datagram;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("hex");
}
