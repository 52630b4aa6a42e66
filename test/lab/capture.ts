// What crosses one interface of the lab, packet by packet, as tcpdump sees it: the wire's own account, which no counter of meshd's can
// flatter. Only headers are kept.
import { closeSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import type { Host } from "./lab.ts";
import type { LabProcess } from "./process.ts";

export interface CapturedPacket {
  /** Unix time. */
  readonly atMs: number;
  readonly protocol: "udp" | "tcp";
  readonly source: string;
  readonly sourcePort: number;
  readonly destination: string;
  readonly destinationPort: number;
  /** Of UDP's or TCP's payload. */
  readonly payloadBytes: number;
  /** Of UDP's payload: tells what it is (docs/protocol.md, "One UDP socket"). */
  readonly firstByte: number | undefined;
}

/** Link, IPv6 and TCP headers fit. */
const SNAP_BYTES = 96;
/** Of a file: pcap-savefile(5). */
const FILE_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;
const MAGIC_MICROSECONDS = 0xa1b2c3d4;
const ETHERNET_BYTES = 14;
const READ_BYTES = 1 << 20;

export class Capture {
  readonly #process: LabProcess;
  readonly #path: string;
  readonly #reader = new PcapReader();
  #position = 0;

  private constructor(process: LabProcess, path: string) {
    this.#process = process;
    this.#path = path;
  }

  static async start(host: Host, interfaceName: string): Promise<Capture> {
    const path = join(host.directory, `${interfaceName}.pcap`);
    const switches = ["-i", interfaceName, "-s", `${SNAP_BYTES}`, "-B", "8192", "-n", "-U", "-w", path, "-Z", "root"];
    const started = host.spawn(["tcpdump", ...switches, "udp or tcp"]);
    await started.waitForLine(/listening on/);
    return new Capture(started, path);
  }

  /** What came since the last call. */
  take(): readonly CapturedPacket[] {
    const packets: CapturedPacket[] = [];
    const file = openSync(this.#path, "r");
    try {
      const chunk = Buffer.alloc(READ_BYTES);
      for (;;) {
        const length = readSync(file, chunk, 0, READ_BYTES, this.#position);
        if (length === 0) return packets;
        this.#position += length;
        packets.push(...this.#reader.read(chunk.subarray(0, length)));
      }
    } finally {
      closeSync(file);
    }
  }

  /** The rest. Throws if the kernel could not keep up: then the count would be worth nothing. */
  async stop(): Promise<readonly CapturedPacket[]> {
    const { stderr } = await this.#process.stop();
    const dropped = /(\d+) packets? dropped by kernel/.exec(stderr)?.[1];
    if (dropped !== "0") throw new Error(`tcpdump lost packets: ${stderr}`);
    return this.take();
  }
}

/** A file that grows; what is cut off in the middle comes with the next piece. */
export class PcapReader {
  #rest: Buffer = Buffer.alloc(0);
  #begun = false;

  read(piece: Buffer): readonly CapturedPacket[] {
    let data = Buffer.concat([this.#rest, piece]);
    if (!this.#begun && data.length >= FILE_HEADER_BYTES) {
      if (data.readUInt32LE(0) !== MAGIC_MICROSECONDS) throw new Error("not a capture file of this kind");
      data = data.subarray(FILE_HEADER_BYTES);
      this.#begun = true;
    }
    const packets: CapturedPacket[] = [];
    while (this.#begun && data.length >= RECORD_HEADER_BYTES) {
      const end = RECORD_HEADER_BYTES + data.readUInt32LE(8);
      if (data.length < end) break;
      const atMs = data.readUInt32LE(0) * 1000 + data.readUInt32LE(4) / 1000;
      const packet = parseFrame(data.subarray(RECORD_HEADER_BYTES, end), atMs);
      if (packet !== undefined) packets.push(packet);
      data = data.subarray(end);
    }
    this.#rest = Buffer.from(data);
    return packets;
  }
}

function parseFrame(frame: Buffer, atMs: number): CapturedPacket | undefined {
  const ip = frame.subarray(ETHERNET_BYTES);
  const version = (ip[0] ?? 0) >> 4;
  if (version === 4 && ip.length >= 20) {
    const headerBytes = ((ip[0] ?? 0) & 15) * 4;
    const ends = { source: ipv4(ip, 12), destination: ipv4(ip, 16), atMs };
    return parsePayload(ip[9], ip.subarray(headerBytes), ip.readUInt16BE(2) - headerBytes, ends);
  }
  if (version === 6 && ip.length >= 40) {
    const ends = { source: ipv6(ip, 8), destination: ipv6(ip, 24), atMs };
    return parsePayload(ip[6], ip.subarray(40), ip.readUInt16BE(4), ends);
  }
  return undefined;
}

function parsePayload(
  protocol: number | undefined,
  packet: Buffer,
  length: number,
  ends: Pick<CapturedPacket, "source" | "destination" | "atMs">,
): CapturedPacket | undefined {
  const isUdp = protocol === 17 && packet.length >= 8;
  const isTcp = protocol === 6 && packet.length >= 13;
  if (!isUdp && !isTcp) return undefined;
  return {
    ...ends,
    protocol: isUdp ? "udp" : "tcp",
    sourcePort: packet.readUInt16BE(0),
    destinationPort: packet.readUInt16BE(2),
    payloadBytes: length - (isUdp ? 8 : ((packet[12] ?? 0) >> 4) * 4),
    firstByte: isUdp ? packet[8] : undefined,
  };
}

function ipv4(packet: Buffer, at: number): string {
  return packet.subarray(at, at + 4).join(".");
}

/** Not shortened: told apart, not shown. */
function ipv6(packet: Buffer, at: number): string {
  return packet
    .subarray(at, at + 16)
    .toString("hex")
    .replaceAll(/(?!^)(.{4})/g, ":$1");
}
