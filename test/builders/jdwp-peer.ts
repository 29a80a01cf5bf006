/**
 * The JVM's side of a JDWP connection, as a test dictates: for garbage, silence and lies, which no real
 * JVM gives. How a JVM itself behaves is asked of a real one only (debugger.integration).
 */

import { encodeReply, HANDSHAKE } from "../../lab/ensemble/jdwp/packets.ts";
import { type Duplex, duplexPair } from "./duplex-pair.ts";

export interface JdwpCommand {
  readonly id: number;
  readonly set: number;
  readonly number: number;
  readonly body: Buffer;
}

/** An answer: bytes of a body, an error code, raw bytes, or silence. */
export type JdwpAnswer = Buffer | { readonly error: number } | { readonly raw: Buffer } | undefined;

/** The lab's end of a connection to a peer that shakes hands, says ids of 8 bytes and then answers so. */
export function jdwpPeer(answer: (command: JdwpCommand) => JdwpAnswer): {
  lab: Duplex;
  peer: Duplex;
} {
  const { near: lab, far: peer } = duplexPair();
  let bytes = Buffer.alloc(0);
  let shaken = false;
  peer.on("error", () => undefined);
  peer.on("data", (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk]);
    if (!shaken && bytes.length >= HANDSHAKE.length) {
      shaken = true;
      bytes = bytes.subarray(HANDSHAKE.length);
      peer.write(HANDSHAKE);
    }
    while (shaken && bytes.length >= 11 && bytes.length >= bytes.readUInt32BE(0)) {
      const length = bytes.readUInt32BE(0);
      const command = {
        id: bytes.readUInt32BE(4),
        set: bytes[9] ?? 0,
        number: bytes[10] ?? 0,
        body: bytes.subarray(11, length),
      };
      bytes = bytes.subarray(length);
      reply(peer, command, answer);
    }
  });
  return { lab, peer };
}

function reply(
  peer: Duplex,
  command: JdwpCommand,
  answer: (command: JdwpCommand) => JdwpAnswer,
): void {
  const isIdSizes = command.set === 1 && command.number === 7;
  const said = isIdSizes ? ints(8, 8, 8, 8, 8) : answer(command);
  if (said === undefined || peer.destroyed) return;
  if (Buffer.isBuffer(said)) peer.write(encodeReply(command.id, 0, said));
  else if ("raw" in said) peer.write(said.raw);
  else peer.write(encodeReply(command.id, said.error, Buffer.alloc(0)));
}

export function ints(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [i, value] of values.entries()) bytes.writeInt32BE(value, i * 4);
  return bytes;
}
