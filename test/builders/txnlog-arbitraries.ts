/** Random transactions, log files and histories for property tests. */

import fc from "fast-check";
import { makeZxid, sessionId, type Zxid, zxid } from "../../lab/ids.ts";
import type { TxnOp } from "../../lab/txnlog/types.ts";
import type { TxnInput } from "./txnlog-writer.ts";

const path = fc.oneof(
  fc.string({ maxLength: 12 }).map((name) => `/${name}`),
  fc.string({ maxLength: 20, unit: "grapheme" }).map((name) => `/${name}`),
  fc.constant(`/${"long/".repeat(40)}`),
);
const data = fc.uint8Array({ maxLength: 300 });
const int = fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff });
const id64 = fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn });

const create: fc.Arbitrary<TxnOp> = fc
  .record({ path, data, ephemeral: fc.boolean(), parentCVersion: int })
  .chain((base) =>
    fc.constantFrom<TxnOp>(
      { op: "create", variant: "create", ...base, ttlMs: undefined },
      { op: "create", variant: "create2", ...base, ttlMs: undefined },
      { op: "create", variant: "createTTL", ...base, ephemeral: false, ttlMs: 60_000n },
      { op: "create", variant: "createContainer", ...base, ephemeral: false, ttlMs: undefined },
    ),
  );
const remove: fc.Arbitrary<TxnOp> = path.map((at) => ({ op: "delete", path: at }));
const setData: fc.Arbitrary<TxnOp> = fc
  .record({ path, data, version: int })
  .map((fields) => ({ op: "setData", ...fields }));
const setAcl: fc.Arbitrary<TxnOp> = fc
  .record({ path, version: int })
  .map((fields) => ({ op: "setAcl", ...fields }));
const check: fc.Arbitrary<TxnOp> = fc
  .record({ path, version: int })
  .map((fields) => ({ op: "check", ...fields }));
const error: fc.Arbitrary<TxnOp> = int.map((code) => ({ op: "error", code }));
const createV0: fc.Arbitrary<TxnOp> = fc
  .record({ path, data, ephemeral: fc.boolean() })
  .map((fields) => ({
    op: "create",
    variant: "create",
    ...fields,
    parentCVersion: undefined,
    ttlMs: undefined,
  }));

/** The parts of a record that its type decides. */
const body: fc.Arbitrary<Omit<TxnInput, "zxid">> = fc
  .oneof(
    { arbitrary: fc.oneof(create, createV0, remove, setData, setAcl, check, error), weight: 6 },
    {
      arbitrary: fc.array(fc.oneof(create, remove, setData, check, error), { maxLength: 4 }),
      weight: 2,
    },
    { arbitrary: fc.constantFrom("createSession", "closeSession", "reconfig"), weight: 2 },
  )
  .chain((drawn): fc.Arbitrary<Omit<TxnInput, "zxid">> => {
    if (Array.isArray(drawn)) return fc.constant({ type: "multi", ops: drawn });
    if (drawn === "createSession") {
      return int.map((timeoutMs) => ({ type: "createSession", timeoutMs }));
    }
    if (drawn === "closeSession") {
      const closes = fc.option(fc.array(path, { maxLength: 3 }), { nil: undefined });
      return closes.map((paths) => ({ type: "closeSession", closes: paths }));
    }
    if (drawn === "reconfig") return fc.constant({ type: "reconfig" });
    if (typeof drawn === "string") throw new Error(`no body for ${drawn}`);
    return fc.constant({ type: drawn.op === "create" ? drawn.variant : drawn.op, ops: [drawn] });
  });

/** One transaction of that zxid, of any type that a log of 3.4 to 3.9 holds. */
export function arbitraryTxn(at: Zxid): fc.Arbitrary<TxnInput> {
  const header = fc.record({
    session: id64.map(sessionId),
    cxid: int,
    timeMs: fc.integer({ min: 0, max: 4_000_000_000_000 }),
    digest: fc.option(id64, { nil: undefined }),
  });
  return fc.tuple(header, body).map(([head, rest]) => ({ zxid: at, ...head, ...rest }));
}

/** Transactions of one epoch with rising counters. */
export function arbitraryTxns(maxLength = 8, epoch = 1): fc.Arbitrary<readonly TxnInput[]> {
  return fc
    .integer({ min: 0, max: maxLength })
    .chain((n) =>
      fc.tuple(...Array.from({ length: n }, (_, i) => arbitraryTxn(makeZxid(epoch, i + 1)))),
    );
}

/** A record of little content, for histories where only the zxid matters. */
export function plainTxn(epoch: number, counter: number, value = ""): TxnInput {
  return {
    zxid: makeZxid(epoch, counter),
    type: "setData",
    session: sessionId(0x1000n),
    cxid: counter,
    ops: [{ op: "setData", path: "/g", data: new TextEncoder().encode(value), version: counter }],
  };
}

export const arbitraryZxid: fc.Arbitrary<Zxid> = id64.map(zxid);
