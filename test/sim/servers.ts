// What the mesh offers its nodes: STUN, a relay that forwards by session, and a coordinator that passes candidates and punch
// requests on.
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
  type Candidate,
  decodeRelayRegister,
  encodeRelayAccepted,
  ipBytes,
  type NodeKey,
  type SignedTicket,
  type SocketAddress,
  splitSocketAddress,
} from "../../src/protocol/index.ts";
import type { PunchInvitation } from "../../src/paths/index.ts";
import type { Network, Packet, Site } from "./network.ts";
import type { Random } from "./random.ts";
import type { Timeline } from "./timeline.ts";

const MAGIC_COOKIE = Uint8Array.of(0x21, 0x12, 0xa4, 0x42);
const STUN_SUCCESS = Uint8Array.of(1, 1);
const IDLE_TIMEOUT_MS = 60_000;

/** RFC 8489 §6.3.1, for IPv4. */
function bindingResponse(request: Uint8Array, from: SocketAddress): Uint8Array {
  const { ip, port } = splitSocketAddress(from);
  const address = ipBytes(ip).map((byte, i) => byte ^ (MAGIC_COOKIE[i] ?? 0));
  const masked = Uint8Array.of((port >> 8) ^ 0x21, (port & 0xff) ^ 0x12);
  const attribute = concat([Uint8Array.of(0, 0x20, 0, 8, 0, 1), masked, address]);
  return concat([STUN_SUCCESS, Uint8Array.of(0, attribute.length), request.subarray(4, 20), attribute]);
}

interface Session {
  readonly id: number;
  readonly address: SocketAddress;
  readonly relayId: string;
}

/** A host with STUN and a relay on one port. */
export class Server {
  readonly address: SocketAddress;
  readonly #network: Network;
  readonly #site: Site;
  readonly #random: Random;
  readonly #relay: { readonly root: SigningKey; readonly key: SigningKey; readonly meshId: Uint8Array };
  readonly #sessions = new Map<number, Session>();
  away = false;
  forwarded = 0;

  constructor(
    address: SocketAddress,
    network: Network,
    site: Site,
    random: Random,
    relay: { readonly root: SigningKey; readonly key: SigningKey; readonly meshId: Uint8Array },
  ) {
    this.address = address;
    this.#network = network;
    this.#site = site;
    this.#random = random;
    this.#relay = relay;
    site.hosts.set(splitSocketAddress(address).ip, (packet) => {
      if (!this.away) this.#receive(packet);
    });
  }

  /** Restarts: knows nobody any more. */
  restart(): void {
    this.#sessions.clear();
  }

  ticketFor(nodeKey: NodeKey): SignedTicket {
    const { root, key } = this.#relay;
    return issueTicket(root, { nodeKey, relayKey: key.publicKey, notBeforeUnixMs: 0, notAfterUnixMs: 10 ** 12 });
  }

  #receive({ data, from }: Packet): void {
    const body = data.subarray(2);
    if (data[0] === 0) this.#send(from, bindingResponse(data, from));
    else if (data[0] === 18) this.#forward(data, from);
    else if (data[0] !== 17) return;
    // The cookie is of no interest here: source addresses are genuine.
    else if (data[1] === 1) this.#send(from, concat([Uint8Array.of(17, 2), body.subarray(0, 16), new Uint8Array(16)]));
    else if (data[1] === 3) this.#register(body, from);
    else if (data[1] === 5) this.#answerPing(body, from);
  }

  #register(body: Uint8Array, from: SocketAddress): void {
    const { root, key, meshId } = this.#relay;
    const [nonce, cookie] = [body.slice(0, 16), body.slice(16, 32)];
    const { ticket, signature } = decodeRelayRegister(body.subarray(32));
    const verdict = verifyTicket(ticket, { relayKey: key.publicKey, rootKeys: [root.publicKey], nowUnixMs: 1 });
    if (!verdict.ok) return;
    const { nodeKey } = verdict.ticket;
    if (!verifyRelayRegister({ meshId, nodeKey, relayKey: key.publicKey, nonce }, cookie, signature)) return;
    const relayId = Buffer.from(relayIdOf(meshId, nodeKey)).toString("hex");
    for (const [id, session] of this.#sessions) if (session.relayId === relayId) this.#sessions.delete(id);
    const session = this.#random.integer(1, 2 ** 31);
    this.#sessions.set(session, { id: session, address: from, relayId });
    const proof = signRelayAccepted(key, { meshId, nodeKey, nonce }, { session, observed: from });
    const accepted = encodeRelayAccepted({
      session,
      observed: from,
      idleTimeoutMs: IDLE_TIMEOUT_MS,
      signature: proof,
      refused: "accepted",
    });
    this.#send(from, concat([Uint8Array.of(17, 4), nonce, accepted]));
  }

  #answerPing(body: Uint8Array, from: SocketAddress): void {
    if (this.#sessionOf(body, from) === undefined) {
      this.#send(from, concat([Uint8Array.of(17, 7), body.subarray(0, 4)]));
      return;
    }
    const { ip, port } = splitSocketAddress(from);
    const mapped = concat([new Uint8Array(10), Uint8Array.of(255, 255), ipBytes(ip)]);
    this.#send(
      from,
      concat([Uint8Array.of(17, 6), body.subarray(0, 12), Uint8Array.of(port >> 8, port & 0xff), mapped]),
    );
  }

  #forward(data: Uint8Array, from: SocketAddress): void {
    const sender = this.#sessionOf(data.subarray(2), from);
    const receiverId = Buffer.from(data.subarray(6, 14)).toString("hex");
    const receiver = [...this.#sessions.values()].find(({ relayId }) => relayId === receiverId);
    if (sender === undefined) this.#send(from, concat([Uint8Array.of(17, 7), data.subarray(2, 6)]));
    if (sender === undefined || receiver === undefined) return;
    this.forwarded += 1;
    this.#send(receiver.address, relayData(receiver.id, Buffer.from(sender.relayId, "hex"), data.subarray(14)));
  }

  #sessionOf(bytes: Uint8Array, from: SocketAddress): Session | undefined {
    const session = this.#sessions.get(new DataView(bytes.buffer, bytes.byteOffset).getUint32(0));
    return session?.address === from ? session : undefined;
  }

  #send(to: SocketAddress, data: Uint8Array): void {
    this.#network.send(this.#site, { from: this.address, to, data });
  }
}

/** docs/protocol.md, "Relay": data. */
export function relayData(session: number, relayId: Uint8Array, packet: Uint8Array): Uint8Array {
  const header = new Uint8Array(6);
  header.set([18, 1]);
  new DataView(header.buffer).setUint32(2, session);
  return concat([header, relayId, packet]);
}

export interface Member {
  readonly key: NodeKey;
  handlePresence(peer: NodeKey, candidates: readonly Candidate[]): void;
  /** Where the coordinator sees the member's control connection come from. */
  readonly controlIp: string;
  handleNotice(peer: NodeKey, invitation: PunchInvitation): void;
}

/** One way, over a connection that does not lose. */
const CONTROL_DELAY_MS = 20;

export class Coordinator {
  readonly #timeline: Timeline;
  readonly #members = new Map<NodeKey, Member>();
  readonly #candidates = new Map<NodeKey, readonly Candidate[]>();
  away = false;
  requests = 0;

  constructor(timeline: Timeline) {
    this.#timeline = timeline;
  }

  join(member: Member): void {
    this.#members.set(member.key, member);
  }

  handleEndpoints(from: NodeKey, candidates: readonly Candidate[]): void {
    this.#later(() => {
      this.#candidates.set(from, candidates);
      for (const member of this.#members.values()) {
        if (member.key !== from) {
          this.#later(() => {
            member.handlePresence(from, candidates);
          });
        }
      }
    });
  }

  /** A request of one becomes a notice for both. */
  handlePunchRequest(from: NodeKey, peer: NodeKey, request: PunchInvitation): void {
    this.#later(() => {
      this.requests += 1;
      const [asking, asked] = [this.#members.get(from), this.#members.get(peer)];
      if (asking === undefined || asked === undefined) return;
      const theirs = { candidates: this.#candidates.get(peer) ?? [], attempt: request.attempt };
      const [ofAsking, ofAsked] = [[asking.controlIp], [asked.controlIp]];
      this.#later(() => {
        asked.handleNotice(from, { ...request, observed: ofAsking });
      });
      this.#later(() => {
        asking.handleNotice(peer, { ...theirs, observed: ofAsked });
      });
    });
  }

  #later(run: () => void): void {
    if (!this.away) this.#timeline.after(CONTROL_DELAY_MS, run);
  }
}
