/** What comes from a contender's stdout: cut into lines, and lines into the contract. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Command,
  type ContractLine,
  contractLineSchema,
  FAILPOINTS,
  formatCommand,
  LINE_BYTES_MAX,
  parseCommand,
} from "../../contenders/contract.ts";
import { LineReader } from "../../contenders/line-reader.ts";

/** Lines and complaints of a reader that was fed these chunks. */
function read(chunks: readonly Buffer[]): { lines: string[]; bad: string[] } {
  const lines: string[] = [];
  const bad: string[] = [];
  const reader = new LineReader({
    onLine: (text) => lines.push(text),
    onBad: (reason) => bad.push(reason),
  });
  for (const chunk of chunks) reader.push(chunk);
  reader.end();
  return { lines, bad };
}

describe("LineReader", () => {
  it("gives the same lines however the bytes arrive", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.string({ unit: "grapheme", maxLength: 30 }).filter((text) => !text.includes("\n")),
        ),
        fc.array(fc.nat(7), { minLength: 1 }),
        (texts, sizes) => {
          const bytes = Buffer.from(texts.map((text) => `${text}\n`).join(""));
          const chunks: Buffer[] = [];
          for (let at = 0, i = 0; at < bytes.length; i += 1) {
            const size = 1 + (sizes[i % sizes.length] ?? 0);
            chunks.push(bytes.subarray(at, at + size));
            at += size;
          }
          const expected = texts.filter((text) => text !== "");
          expect(read(chunks)).toEqual({ lines: expected, bad: [] });
        },
      ),
    );
  });

  it("gives the last line without its newline", () => {
    expect(read([Buffer.from("a\nb")])).toEqual({ lines: ["a", "b"], bad: [] });
  });

  it("takes a line of 64 KiB and counts a longer one once, then goes on", () => {
    const longest = Buffer.alloc(LINE_BYTES_MAX, "x");
    const chunks = [
      longest,
      Buffer.from("\n"),
      longest,
      Buffer.from("yz"),
      longest,
      Buffer.from("\nnext\n"),
    ];
    const { lines, bad } = read(chunks);
    expect(lines.map((line) => line.length)).toEqual([LINE_BYTES_MAX, 4]);
    expect(bad).toEqual([`longer than ${LINE_BYTES_MAX} bytes`]);
  });

  it("keeps no more than one line in memory of a stream without newlines", () => {
    const chunk = Buffer.alloc(1024 * 1024, "x");
    const before = process.memoryUsage().arrayBuffers;
    const reader = new LineReader({ onLine: () => undefined, onBad: () => undefined });
    for (let i = 0; i < 100; i += 1) reader.push(chunk);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * 1024 * 1024);
  });

  it("counts a line that is not UTF-8 and reads the next one", () => {
    const chunks = [Buffer.from([0x61, 0xff, 0xfe, 0x0a]), Buffer.from("fine\n")];
    expect(read(chunks)).toEqual({ lines: ["fine"], bad: ["not UTF-8"] });
  });

  it("never throws, whatever the bytes", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 64 })), (chunks) => {
        const { lines, bad } = read(chunks.map((chunk) => Buffer.from(chunk)));
        const newlines = chunks.reduce((sum, c) => sum + c.filter((byte) => byte === 10).length, 0);
        expect(lines.length + bad.length).toBeLessThanOrEqual(newlines + 1);
      }),
    );
  });
});

const at = "123456789";
const hello = {
  type: "hello",
  seq: 0,
  at,
  contract: 1,
  promises: { guard: "none", atMostOnce: false, reportsAttempts: true },
  pid: 7,
  bootId: "b",
  failpoints: [],
} as const satisfies ContractLine;

describe("contractLineSchema", () => {
  it.each<{ name: string; line: ContractLine }>([
    { name: "hello", line: hello },
    {
      name: "session",
      line: { type: "session", seq: 1, at, id: "0x1", role: "both", state: "expired" },
    },
    {
      name: "elected",
      line: {
        type: "belief",
        seq: 2,
        at,
        state: "elected",
        token: { czxid: "0x100000002", path: "/e/n" },
      },
    },
    {
      name: "revoked",
      line: { type: "belief", seq: 3, at, state: "revoked", reason: "session-lost" },
    },
    {
      name: "invoke",
      line: {
        type: "op",
        seq: 4,
        at,
        op: "c1#1:1",
        attempt: 1,
        phase: "invoke",
        action: "multi",
        path: "/g",
        guard: { kind: "path", path: "/e/n" },
      },
    },
    {
      name: "ok",
      line: {
        type: "op",
        seq: 5,
        at,
        op: "o",
        attempt: 1,
        phase: "ok",
        zxid: "0x2",
        session: "0x1",
      },
    },
    {
      name: "fail",
      line: {
        type: "op",
        seq: 6,
        at,
        op: "o",
        attempt: 2,
        phase: "fail",
        code: "NoNode",
        fenced: true,
      },
    },
    { name: "settled", line: { type: "settled", seq: 7, at, op: "o", outcome: "info" } },
    { name: "held", line: { type: "held", seq: 8, at, failpoint: "before-send", op: "o" } },
    { name: "ping", line: { type: "ping", seq: 9, at, state: "sent", session: "0x1" } },
  ])("reads $name as it was written", ({ line }) => {
    expect(contractLineSchema.parse(JSON.parse(JSON.stringify(line)))).toEqual(line);
  });

  it.each([
    { name: "another version of the contract", line: { ...hello, contract: 2 } },
    { name: "a promise that nobody knows", line: { ...hello, promises: { guard: "luck" } } },
    { name: "a negative time", line: { ...hello, at: "-1" } },
    { name: "a time as a number", line: { ...hello, at: 5 } },
    { name: "a time of 21 digits", line: { ...hello, at: "1".repeat(21) } },
    { name: "a fractional seq", line: { ...hello, seq: 0.5 } },
    {
      name: "a session id of 17 digits",
      line: {
        type: "session",
        seq: 1,
        at,
        id: `0x${"1".repeat(17)}`,
        role: "both",
        state: "connected",
      },
    },
    {
      name: "an attempt 0",
      line: {
        type: "op",
        seq: 1,
        at,
        op: "o",
        attempt: 0,
        phase: "ok",
        zxid: "0x2",
        session: "0x1",
      },
    },
    {
      name: "a path that is relative",
      line: { type: "belief", seq: 1, at, state: "elected", token: { czxid: "0x1", path: "e" } },
    },
    {
      name: "an op id without end",
      line: { type: "settled", seq: 1, at, op: "o".repeat(257), outcome: "ok" },
    },
    { name: "no type", line: { seq: 1, at } },
    { name: "null", line: null },
    { name: "an array", line: [hello] },
  ])("refuses $name", ({ line }) => {
    expect(contractLineSchema.safeParse(line).success).toBe(false);
  });
});

describe("commands", () => {
  const command: fc.Arbitrary<Command> = fc.oneof(
    fc.constantFrom<Command>(
      ...(["release", "write", "resign", "stop"] as const).map((verb) => ({ verb })),
    ),
    fc.record({
      verb: fc.constant("hold" as const),
      failpoint: fc.constantFrom(...FAILPOINTS),
      nth: fc.integer({ min: 1, max: 999_999_999 }),
      scope: fc.constantFrom("whole" as const, "sender" as const),
    }),
  );

  it("come back from their line", () => {
    fc.assert(
      fc.property(command, (one) => {
        expect(parseCommand(formatCommand(one))).toEqual(one);
      }),
    );
  });

  it.each([
    "",
    "hold",
    "hold nowhere",
    "hold before-send 0",
    "hold before-send 1 all",
    "STOP",
    "quit",
  ])("are not %j", (line) => {
    expect(parseCommand(line)).toBeUndefined();
  });
});
