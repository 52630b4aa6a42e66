// The part of dns-packet (which brings no types) that this folder uses.
declare module "dns-packet" {
  export interface Question {
    name: string;
    type: string;
    class?: string;
  }
  export interface Answer extends Question {
    ttl: number;
    data: unknown;
  }
  export interface Packet {
    id?: number;
    type?: "query" | "response";
    flags?: number;
    questions?: Question[];
    answers?: Answer[];
    authorities?: Answer[];
    additionals?: unknown[];
  }
  export const AUTHORITATIVE_ANSWER: number;
  export const RECURSION_DESIRED: number;
  export const RECURSION_AVAILABLE: number;
  export function encode(packet: Packet): Buffer;
  export function decode(bytes: Uint8Array): Packet & { opcode?: string };
}
