// A server that answers what docs/protocol.md says of STUN: plain requests, "change port" and RESPONSE-PORT. Only requests of this program.
import {
  formatSocketAddress,
  ipBytes,
  type SocketAddress,
  splitSocketAddress,
} from "../../../../src/protocol/index.ts";

const HEADER_BYTES = 20;
const CHANGE_REQUEST = 0x0003;
const RESPONSE_PORT = 0x0027;

export interface StunAnswer {
  readonly data: Uint8Array;
  readonly from: SocketAddress;
  readonly to: SocketAddress;
}

/** `servers` are all that answer; undefined if `server` is none of them. */
export function answerStun(asked: {
  readonly data: Uint8Array;
  readonly source: SocketAddress;
  readonly server: SocketAddress;
  readonly servers: readonly SocketAddress[];
}): StunAnswer | undefined {
  const { data, source, server, servers } = asked;
  if (!servers.includes(server)) return undefined;
  const answer = success(data, source);
  const plain = { data: answer, from: server, to: source };
  const attributes = Buffer.from(data).subarray(HEADER_BYTES);
  if (attributes.length === 0) return plain;
  const { ip } = splitSocketAddress(server);
  switch (attributes.readUInt16BE(0)) {
    case CHANGE_REQUEST: {
      const other = servers.find((each) => each !== server && splitSocketAddress(each).ip === ip);
      return other === undefined ? { ...plain, data: refusal(data) } : { ...plain, from: other };
    }
    case RESPONSE_PORT:
      return { ...plain, to: formatSocketAddress(splitSocketAddress(source).ip, attributes.readUInt16BE(4)) };
    default:
      return plain;
  }
}

function success(request: Uint8Array, mapped: SocketAddress): Uint8Array {
  const { ip, port } = splitSocketAddress(mapped);
  const answer = Buffer.alloc(32);
  answer.set([1, 1, 0, 12]);
  answer.set(request.subarray(4, 20), 4);
  answer.set([0, 0x20, 0, 8, 0, 1], 20);
  answer.writeUInt16BE(port ^ 0x2112, 26);
  answer.set(
    ipBytes(ip).map((byte, i) => byte ^ (request[4 + i] ?? 0)),
    28,
  );
  return answer;
}

export function refusal(request: Uint8Array): Uint8Array {
  const answer = Buffer.from(request.subarray(0, 20));
  answer.set([1, 0x11, 0, 0]);
  return answer;
}
