/**
 * Transactions: all of the ops, or none. A multi that fails is answered without an error code in the
 * header: the codes stand in the results, Ok for the ops before the one that failed,
 * RuntimeInconsistency for those after it.
 */
import { OPCODE, type Written } from "./calls.ts";
import { type ZkErrorName, zkName } from "./codes.ts";
import { type CreateOptions, createOpcode, writeCreate } from "./create.ts";
import { JuteError, type JuteReader, type JuteWriter } from "./jute.ts";
import { readStat, type Stat } from "./records.ts";
import type { Answer, Call } from "./request.ts";

export type Op =
  | { readonly type: "check"; readonly path: string; readonly version: number }
  | { readonly type: "delete"; readonly path: string; readonly version: number }
  | {
      readonly type: "setData";
      readonly path: string;
      readonly data: Uint8Array | string;
      readonly version: number;
    }
  | {
      readonly type: "create";
      readonly path: string;
      readonly data: Uint8Array | string;
      readonly options: CreateOptions;
    };

/** Makes the ops of a multi. Version -1 means any, version 0 means the version of a fresh node. */
export const op = {
  check: (path: string, version = -1): Op => ({ type: "check", path, version }),
  delete: (path: string, version = -1): Op => ({ type: "delete", path, version }),
  setData: (path: string, data: Uint8Array | string, version = -1): Op => ({
    type: "setData",
    path,
    data,
    version,
  }),
  create: (path: string, data: Uint8Array | string = "", options: CreateOptions = {}): Op => ({
    type: "create",
    path,
    data,
    options,
  }),
} as const;

export type OpResult =
  | { readonly type: "check" }
  | { readonly type: "delete" }
  | { readonly type: "setData"; readonly stat: Stat }
  | { readonly type: "create"; readonly path: string; readonly stat?: Stat };

export interface MultiDone extends Written {
  readonly results: readonly OpResult[];
}

const TYPE_CREATE = 1;
const TYPE_CHECK = 13;
const TYPE_CREATE2 = 15;
const TYPE_CREATE_CONTAINER = 19;
const TYPE_CREATE_TTL = 21;
const TYPE_ERROR = -1;

export function multiCall(ops: readonly Op[]): Call<MultiDone> {
  const only = ops.length === 1 ? ops[0]?.path : undefined;
  return {
    operation: "multi",
    ...(only === undefined ? {} : { path: only }),
    opcode: OPCODE.multi,
    body: (writer) => {
      for (const each of ops) writeOp(writer, each);
      writeHeader(writer, TYPE_ERROR, true);
    },
    read: (reader, context) => {
      const answer = readResults(reader, ops);
      if ("refused" in answer) return answer;
      const { zxid, connection } = context;
      return { value: { zxid, connection, results: answer.value } };
    },
  };
}

function writeOp(writer: JuteWriter, each: Op): void {
  switch (each.type) {
    case "check":
      writeHeader(writer, TYPE_CHECK, false);
      writer.string(each.path).int(each.version);
      return;
    case "delete":
      writeHeader(writer, OPCODE.delete, false);
      writer.string(each.path).int(each.version);
      return;
    case "setData":
      writeHeader(writer, OPCODE.setData, false);
      writer.string(each.path).buffer(toBytes(each.data)).int(each.version);
      return;
    case "create":
      writeHeader(writer, createOpcode(each.options), false);
      writeCreate(writer, each.path, toBytes(each.data), each.options);
      return;
  }
}

export function toBytes(data: Uint8Array | string): Uint8Array {
  return typeof data === "string" ? Buffer.from(data, "utf8") : data;
}

function writeHeader(writer: JuteWriter, type: number, done: boolean): void {
  const noError = -1;
  writer.int(type).bool(done).int(noError);
}

/** Reads one result for each op, in order; anything else is a malformed reply. */
function readResults(reader: JuteReader, ops: readonly Op[]): Answer<OpResult[]> {
  const results: OpResult[] = [];
  const codes: number[] = [];
  for (const each of ops) {
    const { type, done } = readHeader(reader);
    if (done) throw new JuteError(`multi of ${ops.length} ops with ${codes.length} results`, 0);
    if (type === TYPE_ERROR) {
      codes.push(reader.int());
    } else {
      results.push(readResult(reader, each, type));
      codes.push(0);
    }
  }
  if (!readHeader(reader).done)
    throw new JuteError(`multi of ${ops.length} ops with more results`, 0);
  if (results.length === ops.length) return { value: results };
  return { refused: refusal(ops, codes, results.length) };
}

function readHeader(reader: JuteReader): { type: number; done: boolean } {
  const type = reader.int();
  const done = reader.bool();
  reader.int(); // the error code, told again in the result itself
  return { type, done };
}

function readResult(reader: JuteReader, each: Op, type: number): OpResult {
  if (each.type === "check" && type === TYPE_CHECK) return { type: "check" };
  if (each.type === "delete" && type === OPCODE.delete) return { type: "delete" };
  if (each.type === "setData" && type === OPCODE.setData) {
    return { type: "setData", stat: readStat(reader) };
  }
  if (each.type === "create" && type === TYPE_CREATE) {
    return { type: "create", path: reader.string() };
  }
  const withStat = [TYPE_CREATE2, TYPE_CREATE_CONTAINER, TYPE_CREATE_TTL].includes(type);
  if (each.type === "create" && withStat) {
    return { type: "create", path: reader.string(), stat: readStat(reader) };
  }
  throw new JuteError(`result of type ${type} for a ${each.type}`, 0);
}

/** The failure of the first op that has a code; a mixture of results and errors is no answer. */
function refusal(
  ops: readonly Op[],
  codes: readonly number[],
  succeeded: number,
): { code: number; path: string | undefined; results: ZkErrorName[] } {
  const failed = codes.findIndex((code) => code !== 0);
  const code = codes[failed];
  if (code === undefined || succeeded > 0) {
    throw new JuteError("multi answered partly with results, partly with errors", 0);
  }
  return { code, path: ops[failed]?.path, results: codes.map((each) => zkName(each)) };
}
