import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeFrame, FrameSplitter } from "../../lab/client/frames.ts";
import { JuteError, JuteReader, JuteWriter } from "../../lab/client/jute.ts";

type Field =
  | { kind: "int"; value: number }
  | { kind: "long"; value: bigint }
  | { kind: "bool"; value: boolean }
  | { kind: "buffer"; value: Uint8Array }
  | { kind: "string"; value: string }
  | { kind: "vector"; value: string[] };

const text = fc.string({ unit: "binary-ascii", maxLength: 40 });
const field: fc.Arbitrary<Field> = fc.oneof(
  fc.integer().map((value) => ({ kind: "int" as const, value })),
  fc
    .bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
    .map((value) => ({ kind: "long" as const, value })),
  fc.boolean().map((value) => ({ kind: "bool" as const, value })),
  fc.uint8Array({ maxLength: 300 }).map((value) => ({ kind: "buffer" as const, value })),
  fc
    .string({ unit: "grapheme", maxLength: 40 })
    .map((value) => ({ kind: "string" as const, value })),
  fc.array(text, { maxLength: 6 }).map((value) => ({ kind: "vector" as const, value })),
);

function write(fields: readonly Field[]): Buffer {
  const writer = new JuteWriter();
  for (const each of fields) {
    if (each.kind === "int") writer.int(each.value);
    else if (each.kind === "long") writer.long(each.value);
    else if (each.kind === "bool") writer.bool(each.value);
    else if (each.kind === "buffer") writer.buffer(each.value);
    else if (each.kind === "string") writer.string(each.value);
    else writer.vector(each.value, (value) => writer.string(value));
  }
  return writer.finish();
}

function read(reader: JuteReader, kind: Field["kind"]): unknown {
  if (kind === "buffer") return new Uint8Array(reader.buffer());
  if (kind === "vector") return reader.vector(4, () => reader.string());
  return reader[kind]();
}

describe("jute", () => {
  it("reads what it wrote, and consumes it", () => {
    fc.assert(
      fc.property(fc.array(field, { maxLength: 20 }), (fields) => {
        const reader = new JuteReader(write(fields));
        expect(fields.map((each) => read(reader, each.kind))).toEqual(
          fields.map((each) => each.value),
        );
        expect(() => reader.end()).not.toThrow();
      }),
    );
  });

  it("writes unsigned 64-bit ids as the same bytes as signed ones", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (value) => {
        const reader = new JuteReader(new JuteWriter().long(value).finish());
        expect(BigInt.asUintN(64, reader.long())).toBe(value);
      }),
    );
  });

  it("throws JuteError, and nothing else, for any other bytes", () => {
    const kinds = fc.array(
      field.map((each) => each.kind),
      { minLength: 1, maxLength: 8 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), kinds, (bytes, wanted) => {
        const reader = new JuteReader(bytes);
        try {
          for (const kind of wanted) read(reader, kind);
          reader.end();
        } catch (error) {
          expect(error).toBeInstanceOf(JuteError);
        }
        expect(reader.remaining).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it("notices every cut", () => {
    fc.assert(
      fc.property(fc.array(field, { minLength: 1, maxLength: 6 }), fc.nat(), (fields, at) => {
        const bytes = write(fields);
        const reader = new JuteReader(bytes.subarray(0, at % bytes.length));
        expect(() => {
          for (const each of fields) read(reader, each.kind);
        }).toThrow(JuteError);
      }),
    );
  });
});

describe("FrameSplitter", () => {
  const payloads = fc.array(fc.uint8Array({ minLength: 1, maxLength: 80 }), { maxLength: 8 });

  it("gives the same frames however the bytes are cut", () => {
    fc.assert(
      fc.property(
        payloads,
        fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }),
        (wanted, cuts) => {
          const frames = wanted.map((payload) => {
            return encodeFrame((writer) => {
              for (const byte of payload) writer.bool(byte % 2 === 1);
            });
          });
          const bytes = Buffer.concat(frames);
          const splitter = new FrameSplitter(1_000);
          const got: Buffer[] = [];
          for (let at = 0, n = 0; at < bytes.length; n += 1) {
            const size = cuts[n % cuts.length] ?? 1;
            got.push(...splitter.push(bytes.subarray(at, at + size)));
            at += size;
          }
          expect(got).toEqual(frames.map((frame) => frame.subarray(4)));
        },
      ),
    );
  });

  it("refuses a length out of bounds before it allocates", () => {
    fc.assert(
      fc.property(
        fc.integer().filter((length) => length <= 0 || length > 1_000),
        (length) => {
          const header = new JuteWriter().int(length).finish();
          expect(() => [...new FrameSplitter(1_000).push(header)]).toThrow(JuteError);
        },
      ),
    );
  });
});
