// A resolver for the lab's internet: every name below "example" is 203.0.113.99, everything else is unknown (RFC 1035 §4.1).
import { createSocket } from "node:dgram";

const HEADER_BYTES = 12;
const TYPE_A = 1;
const NAME_ERROR = 3;

const socket = createSocket("udp4");
socket.on("message", (query, from) => {
  const labels: string[] = [];
  let offset = HEADER_BYTES;
  for (let length = query[offset] ?? 0; length > 0; length = query[offset] ?? 0) {
    labels.push(query.toString("latin1", offset + 1, offset + 1 + length));
    offset += 1 + length;
  }
  const question = query.subarray(HEADER_BYTES, offset + 5);
  const known = labels.at(-1)?.toLowerCase() === "example";
  const answers = known && query.readUInt16BE(offset + 1) === TYPE_A ? 1 : 0;
  const header = Buffer.alloc(HEADER_BYTES);
  query.copy(header, 0, 0, 2);
  // Response, recursion desired and available.
  header.writeUInt16BE(0x8180 | (known ? 0 : NAME_ERROR), 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(answers, 6);
  // The question's name by pointer, type A, class IN, 60 s, four bytes.
  const answer = Buffer.from([0xc0, HEADER_BYTES, 0, TYPE_A, 0, 1, 0, 0, 0, 60, 0, 4, 203, 0, 113, 99]);
  socket.send(Buffer.concat([header, question, ...(answers === 1 ? [answer] : [])]), from.port, from.address);
});
socket.bind(53, "203.0.113.1", () => console.log("serving"));
