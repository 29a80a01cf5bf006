/** The snapshot reader on whole and broken files. */

import { describe, expect, it } from "vitest";
import { makeZxid, sessionId } from "../../lab/ids.ts";
import { TxnLogError } from "../../lab/txnlog/errors.ts";
import { decodeSnapshot } from "../../lab/txnlog/snapshot.ts";
import type { SnapshotNode } from "../../lab/txnlog/types.ts";
import { encodeSnapshot, type SnapshotInput } from "../builders/snapshot-writer.ts";

const source = { server: "zk1", file: "version-2/snapshot.100000004" };
const owner = sessionId(0x0100_0000_0000_0001n);
const input: SnapshotInput = {
  sessions: new Map([[owner, 4000]]),
  nodes: [node("/"), node("/latch"), { ...node("/latch/n_0"), ephemeralOwner: owner }],
};

describe("decodeSnapshot", () => {
  it.each([
    { name: "3.4, 3.5", more: {} },
    { name: "3.6 to 3.8", more: { digest: { zxid: makeZxid(1, 5), value: 77n } } },
    {
      name: "3.9",
      more: { digest: { zxid: makeZxid(1, 5), value: -1n }, lastZxid: makeZxid(1, 5) },
    },
    { name: "3.9 without digests", more: { lastZxid: makeZxid(1, 5) } },
  ])("reads what a server of $name writes", ({ more }) => {
    const snapshot = decodeSnapshot(encodeSnapshot({ ...input, ...more }), source);
    expect(snapshot).toEqual({
      ...source,
      zxid: makeZxid(1, 4),
      sessions: input.sessions,
      nodes: input.nodes,
    });
  });

  it.each([
    { name: "a container", stored: 1n << 63n, expected: undefined },
    { name: "a TTL node", stored: (0xffn << 56n) | 60_000n, expected: undefined },
    { name: "a session of server 255", stored: (0xffn << 56n) | (0x12n << 40n), expected: "owner" },
    { name: "a session of server 128", stored: (0x80n << 56n) | 1n, expected: "owner" },
  ])("takes the mark of $name for what it is", ({ stored, expected }) => {
    const owners = new Map([["/latch", stored]]);
    const { nodes } = decodeSnapshot(encodeSnapshot({ ...input, owners }), source);
    expect(nodes[1]?.ephemeralOwner).toBe(expected === undefined ? undefined : stored);
  });

  it("refuses a snapshot cut anywhere, and a flipped bit anywhere", () => {
    const whole = encodeSnapshot({ ...input, digest: { zxid: makeZxid(1, 5), value: 7n } });
    const sealed = whole.length - 33;
    for (let at = 0; at < whole.length; at += 1) {
      // Cut right after the first seal it is the whole snapshot of an older server.
      if (at !== sealed)
        expect(() => decodeSnapshot(whole.slice(0, at), source)).toThrow(TxnLogError);
      const flipped = whole.slice();
      flipped[at] = (flipped[at] ?? 0) ^ 1;
      expect(() => decodeSnapshot(flipped, source)).toThrow(TxnLogError);
    }
  });

  it.each([
    { name: "a compressed one", file: "snapshot.5.gz", says: "compressed" },
    { name: "one of another name", file: "snapshot.tmp", says: "a name other than" },
  ])("refuses $name", ({ file, says }) => {
    expect(() => decodeSnapshot(encodeSnapshot(input), { server: "zk1", file })).toThrow(says);
  });

  it("refuses a log, and says what it found where", () => {
    const log = Uint8Array.from([0x5a, 0x4b, 0x4c, 0x47, 0, 0, 0, 2]);
    expect(() => decodeSnapshot(log, source)).toThrow(/^zk1: .*not ZKSN, at byte 0$/);
  });
});

function node(path: string): SnapshotNode {
  return {
    path,
    data: new Uint8Array([1, 2]),
    czxid: makeZxid(1, 1),
    mzxid: makeZxid(1, 2),
    pzxid: makeZxid(1, 3),
    version: 1,
    cversion: 2,
    aversion: 0,
    ephemeralOwner: undefined,
  };
}
