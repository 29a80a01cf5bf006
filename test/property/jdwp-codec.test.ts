/** JDWP's codec and splitter for any bytes (fast-check): what was written comes back, garbage is named. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { JdwpReader, JdwpWriter, readIdSizes } from "../../lab/ensemble/jdwp/codec.ts";
import { JdwpError } from "../../lab/ensemble/jdwp/errors.ts";
import { readEvents } from "../../lab/ensemble/jdwp/events.ts";
import {
  encodeCommand,
  encodeReply,
  HANDSHAKE,
  type Packet,
  PacketSplitter,
} from "../../lab/ensemble/jdwp/packets.ts";

const size = fc.integer({ min: 1, max: 8 });
const sizes = fc.record({
  field: size,
  method: size,
  object: size,
  referenceType: size,
  frame: size,
});
const bytes = fc.uint8Array({ maxLength: 64 }).map((array) => Buffer.from(array));
const u32 = fc.integer({ min: 0, max: 0xffff_ffff });

/** Only JdwpError("garbled") may come of bytes that are no answer. */
function garbledOrFine(act: () => unknown): void {
  let failure: unknown = "none";
  try {
    act();
  } catch (error) {
    failure = error instanceof JdwpError ? error.failure : error;
  }
  expect(["none", "garbled"]).toContain(failure);
}

describe("JdwpReader", () => {
  it("gives back what was written, with ids of any size", () => {
    fc.assert(
      fc.property(
        sizes,
        fc.bigInt(0n, 255n),
        fc.string(),
        fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
        (ids, id, text, long) => {
          const writer = new JdwpWriter(ids)
            .id("object", id)
            .string(text)
            .long(long)
            .id("method", id);
          const reader = new JdwpReader(writer.byte(7).int(-3).bytes(), ids);
          expect([
            reader.id("object"),
            reader.string(),
            reader.long(),
            reader.id("method"),
          ]).toEqual([id, Buffer.from(text, "utf8").toString("utf8"), long, id]);
          expect([reader.byte(), reader.int()]).toEqual([7, -3]);
          reader.end();
        },
      ),
    );
  });

  it("reads no byte past the end, whatever the bytes are", () => {
    fc.assert(
      fc.property(sizes, bytes, (ids, noise) => {
        garbledOrFine(() => readIdSizes(noise));
        garbledOrFine(() => readEvents(noise, ids));
        garbledOrFine(() => {
          const reader = new JdwpReader(noise, ids);
          for (let left = reader.count(1); left > 0; left -= 1) reader.value();
          reader.string();
          reader.end();
        });
      }),
    );
  });
});

describe("PacketSplitter", () => {
  const packet = fc.oneof(
    fc.record({
      kind: fc.constant("reply" as const),
      id: u32,
      errorCode: fc.integer({ min: 0, max: 0xffff }),
      body: bytes,
    }),
    fc.record({
      kind: fc.constant("command" as const),
      id: u32,
      command: fc.record({
        set: fc.integer({ min: 0, max: 255 }),
        number: fc.integer({ min: 0, max: 255 }),
      }),
      body: bytes,
    }),
  );
  const encode = (one: Packet): Buffer =>
    one.kind === "reply"
      ? encodeReply(one.id, one.errorCode, one.body)
      : encodeCommand(one.id, one.command, one.body);

  it("gives the same packets however the stream is cut", () => {
    fc.assert(
      fc.property(
        fc.array(packet, { maxLength: 6 }),
        fc.array(fc.integer({ min: 1, max: 40 })),
        (packets, cuts) => {
          const stream = Buffer.concat([Buffer.from(HANDSHAKE), ...packets.map(encode)]);
          const splitter = new PacketSplitter();
          const got: Packet[] = [];
          let at = 0;
          for (const cut of [...cuts, stream.length]) {
            got.push(...splitter.push(stream.subarray(at, at + cut)));
            at += cut;
          }
          expect(got).toEqual(packets);
        },
      ),
    );
  });

  it("takes garbage for garbage", () => {
    fc.assert(
      fc.property(fc.array(bytes, { maxLength: 8 }), fc.boolean(), (chunks, shaken) => {
        const splitter = new PacketSplitter();
        if (shaken) splitter.push(Buffer.from(HANDSHAKE));
        garbledOrFine(() => {
          for (const chunk of chunks) splitter.push(chunk);
        });
      }),
    );
  });
});
