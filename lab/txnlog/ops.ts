/** The body of one operation as org.apache.zookeeper.txn.* has it, alone or inside a multi. */

import type { JuteReader } from "./jute.ts";
import type { TxnOp, TxnType } from "./types.ts";

export type OpType = Exclude<TxnType, "multi" | "createSession" | "closeSession" | "reconfig">;

/** An ACL in a vector takes at least perms and two lengths. */
const ACL_BYTES = 12;
const DIGEST_BYTES = 12;

/** Decodes the operation under the cursor, and nothing after it. Throws JuteError. */
export function readOp(reader: JuteReader, type: OpType): TxnOp {
  switch (type) {
    case "create":
    case "create2":
    case "createTTL":
    case "createContainer":
      return readCreate(reader, type);
    case "delete":
    case "deleteContainer":
      return { op: "delete", path: reader.string("path") };
    case "setData": {
      const path = reader.string("path");
      return { op: "setData", path, data: reader.buffer("data"), version: reader.int("version") };
    }
    case "setAcl": {
      const path = reader.string("path");
      skipAcl(reader);
      return { op: "setAcl", path, version: reader.int("version") };
    }
    case "check":
      return { op: "check", path: reader.string("path"), version: reader.int("version") };
    case "error":
      return { op: "error", code: reader.int("err") };
  }
}

type Create = Extract<TxnOp, { op: "create" }>;

function readCreate(reader: JuteReader, variant: Create["variant"]): Create {
  const path = reader.string("path");
  const data = reader.buffer("data");
  skipAcl(reader);
  switch (variant) {
    case "create":
    case "create2": {
      const ephemeral = reader.boolean("ephemeral");
      const parentCVersion = isV0(reader, variant) ? undefined : reader.int("parentCVersion");
      return { op: "create", variant, path, data, ephemeral, parentCVersion, ttlMs: undefined };
    }
    case "createContainer":
    case "createTTL": {
      const parentCVersion = reader.int("parentCVersion");
      const ttlMs = variant === "createTTL" ? reader.long("ttl") : undefined;
      return { op: "create", variant, path, data, ephemeral: false, parentCVersion, ttlMs };
    }
  }
}

/** CreateTxnV0 (before 3.3) has no parentCVersion; then nothing or a digest is left. */
function isV0(reader: JuteReader, variant: "create" | "create2"): boolean {
  const left = reader.remaining();
  return variant === "create" && (left === 0 || left === DIGEST_BYTES);
}

export function skipAcl(reader: JuteReader): void {
  for (let n = reader.count("acl", ACL_BYTES); n > 0; n -= 1) {
    reader.int("perms");
    reader.skip("scheme");
    reader.skip("id");
  }
}
