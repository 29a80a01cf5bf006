/**
 * JDWP's packets: 11 bytes of header (length, id, flags, then an error code or a command's two bytes)
 * and a body. The splitter takes bytes as they come and gives whole packets, never more than a bound.
 */

import { JdwpError } from "./errors.ts";

export const HANDSHAKE = "JDWP-Handshake";
const HEADER_BYTES = 11;
const REPLY_FLAG = 0x80;
/** AllThreads of a server with thousands of threads is 30 KB; nothing asked for here comes near. */
const PACKET_BYTES_MAX = 4 * 1024 * 1024;

export type Packet =
  | {
      readonly kind: "reply";
      readonly id: number;
      readonly errorCode: number;
      readonly body: Buffer;
    }
  | {
      readonly kind: "command";
      readonly id: number;
      readonly command: Command;
      readonly body: Buffer;
    };

/** A command: its set and its number in it. */
export interface Command {
  readonly set: number;
  readonly number: number;
}

export function encodeCommand(id: number, { set, number }: Command, body: Buffer): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32BE(HEADER_BYTES + body.length, 0);
  header.writeUInt32BE(id, 4);
  header.writeUInt8(0, 8);
  header.writeUInt8(set, 9);
  header.writeUInt8(number, 10);
  return Buffer.concat([header, body]);
}

export function encodeReply(id: number, errorCode: number, body: Buffer): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32BE(HEADER_BYTES + body.length, 0);
  header.writeUInt32BE(id, 4);
  header.writeUInt8(REPLY_FLAG, 8);
  header.writeUInt16BE(errorCode, 9);
  return Buffer.concat([header, body]);
}

export class PacketSplitter {
  #bytes: Buffer = Buffer.alloc(0);
  #shaken = false;

  /** Whole packets so far. Throws JdwpError("garbled") for a false handshake or an impossible length. */
  push(chunk: Buffer): readonly Packet[] {
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
    if (!this.#shaken && !this.#shake()) return [];
    const packets: Packet[] = [];
    for (let length = this.#wholeLength(); length !== undefined; length = this.#wholeLength()) {
      packets.push(parse(this.#bytes.subarray(0, length)));
      this.#bytes = this.#bytes.subarray(length);
    }
    return packets;
  }

  get shaken(): boolean {
    return this.#shaken;
  }

  /** As soon as a byte differs it is told: a server of another kind may never send fourteen. */
  #shake(): boolean {
    const expected = Buffer.from(HANDSHAKE, "latin1");
    const got = this.#bytes.subarray(0, expected.length);
    if (!got.equals(expected.subarray(0, got.length))) {
      const said = JSON.stringify(got.toString("latin1"));
      throw new JdwpError("garbled", `shake hands with a JVM: it says ${said}`);
    }
    if (got.length < expected.length) return false;
    this.#bytes = this.#bytes.subarray(expected.length);
    this.#shaken = true;
    return true;
  }

  #wholeLength(): number | undefined {
    if (this.#bytes.length < HEADER_BYTES) return undefined;
    const length = this.#bytes.readUInt32BE(0);
    if (length < HEADER_BYTES || length > PACKET_BYTES_MAX) {
      throw new JdwpError("garbled", `read JDWP: a packet of ${length} bytes`);
    }
    return length <= this.#bytes.length ? length : undefined;
  }
}

function parse(bytes: Buffer): Packet {
  const id = bytes.readUInt32BE(4);
  const body = Buffer.from(bytes.subarray(HEADER_BYTES));
  if ((bytes.readUInt8(8) & REPLY_FLAG) !== 0) {
    return { kind: "reply", id, errorCode: bytes.readUInt16BE(9), body };
  }
  return {
    kind: "command",
    id,
    command: { set: bytes.readUInt8(9), number: bytes.readUInt8(10) },
    body,
  };
}
