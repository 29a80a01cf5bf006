/** Writes snapshots byte for byte as ZooKeeper does (FileSnap.serialize, SnapStream.sealStream). */

import type { SessionId, Zxid } from "../../lab/ids.ts";
import { adler32 } from "../../lab/txnlog/adler32.ts";
import { SNAPSHOT_MAGIC, SNAPSHOT_VERSION } from "../../lab/txnlog/snapshot.ts";
import type { SnapshotNode } from "../../lab/txnlog/types.ts";
import { JuteWriter } from "./jute-writer.ts";
import { writeOpenAcl } from "./txnlog-writer.ts";

export interface SnapshotInput {
  readonly sessions?: ReadonlyMap<SessionId, number>;
  readonly nodes: readonly SnapshotNode[];
  /** 3.6+: the tree's digest and the zxid it was taken at. */
  readonly digest?: { readonly zxid: Zxid; readonly value: bigint } | undefined;
  /** 3.9+. */
  readonly lastZxid?: Zxid | undefined;
  /** Overrides the stored ephemeralOwner of a path: TTL and container marks. */
  readonly owners?: ReadonlyMap<string, bigint>;
}

/** A whole snapshot file. The nodes' first must be the root. */
export function encodeSnapshot(input: SnapshotInput): Uint8Array {
  const out = new JuteWriter();
  out.int(SNAPSHOT_MAGIC).int(SNAPSHOT_VERSION).long(-1n);
  out.vector([...(input.sessions ?? [])], ([id, timeoutMs]) => out.long(id).int(timeoutMs));
  out.vector([1n], (key) => {
    out.long(key);
    writeOpenAcl(out);
  });
  for (const node of input.nodes) writeNode(out, node, input.owners?.get(node.path));
  out.string("/");
  seal(out);
  if (input.digest !== undefined) {
    out.long(input.digest.zxid).int(2).long(input.digest.value);
    seal(out);
  }
  if (input.lastZxid !== undefined) {
    out.long(input.lastZxid);
    seal(out);
  }
  return out.done();
}

function writeNode(out: JuteWriter, node: SnapshotNode, owner: bigint | undefined): void {
  out.string(node.path === "/" ? "" : node.path);
  out.buffer(node.data).long(1n);
  out.long(node.czxid).long(node.mzxid).long(0n).long(0n);
  out.int(node.version).int(node.cversion).int(node.aversion);
  out.long(owner ?? node.ephemeralOwner ?? 0n).long(node.pzxid);
}

function seal(out: JuteWriter): void {
  out.long(BigInt(adler32(out.done()))).string("/");
}
