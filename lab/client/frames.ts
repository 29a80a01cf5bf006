/**
 * Frames: a 4-byte length, then that many bytes. The splitter takes chunks as a socket gives them and
 * hands out whole frames, each in memory of its own. A length that cannot be is refused before
 * anything is allocated for it.
 */
import { JuteError, JuteWriter } from "./jute.ts";

const LENGTH_BYTES = 4;
/** A request frame: length, xid, type, body. The xid is written when it is sent, not before. */
const XID_OFFSET = LENGTH_BYTES;

export class FrameSplitter {
  readonly #frameBytesMax: number;
  readonly #header = Buffer.alloc(LENGTH_BYTES);
  #headerFilled = 0;
  #frame: Buffer | undefined;
  #frameFilled = 0;

  constructor(frameBytesMax: number) {
    this.#frameBytesMax = frameBytesMax;
  }

  /** Yields every frame that this chunk completes; throws JuteError at a length out of bounds. */
  *push(chunk: Uint8Array): Generator<Buffer, void> {
    let offset = 0;
    while (offset < chunk.length) {
      if (this.#frame === undefined) {
        const taken = Math.min(LENGTH_BYTES - this.#headerFilled, chunk.length - offset);
        this.#header.set(chunk.subarray(offset, offset + taken), this.#headerFilled);
        this.#headerFilled += taken;
        offset += taken;
        if (this.#headerFilled < LENGTH_BYTES) return;
        this.#frame = Buffer.allocUnsafe(this.#checkedLength());
        this.#frameFilled = 0;
      }
      const taken = Math.min(this.#frame.length - this.#frameFilled, chunk.length - offset);
      this.#frame.set(chunk.subarray(offset, offset + taken), this.#frameFilled);
      this.#frameFilled += taken;
      offset += taken;
      if (this.#frameFilled === this.#frame.length) {
        const whole = this.#frame;
        this.#frame = undefined;
        this.#headerFilled = 0;
        yield whole;
      }
    }
  }

  #checkedLength(): number {
    const length = this.#header.readInt32BE(0);
    if (length <= 0 || length > this.#frameBytesMax) {
      throw new JuteError(`frame of ${length} bytes (1 to ${this.#frameBytesMax} are taken)`, 0);
    }
    return length;
  }
}

/** A frame around what `write` writes. */
export function encodeFrame(write: (writer: JuteWriter) => void): Buffer {
  const writer = new JuteWriter().int(0);
  write(writer);
  const frame = writer.finish();
  frame.writeInt32BE(frame.length - LENGTH_BYTES, 0);
  return frame;
}

/** A request frame whose xid is still 0. */
export function encodeRequest(opcode: number, body: (writer: JuteWriter) => void): Buffer {
  return encodeFrame((writer) => {
    writer.int(0).int(opcode);
    body(writer);
  });
}

export function writeXid(frame: Buffer, xid: number): void {
  frame.writeInt32BE(xid, XID_OFFSET);
}
