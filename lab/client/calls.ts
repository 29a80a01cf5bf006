/** The single operations: opcode, request body and reply of each. Paths are the server's. */
import type { Zxid } from "../ids.ts";
import { zkCode } from "./codes.ts";
import { type CreateOptions, createOpcode, writeCreate } from "./create.ts";
import { type Acl, readAcls, readStat, type Stat, writeAcls } from "./records.ts";
import type { Call, ReplyContext } from "./request.ts";
import type { Watch, WatchKind } from "./watches.ts";

export const OPCODE = {
  delete: 2,
  exists: 3,
  getData: 4,
  setData: 5,
  getAcl: 6,
  setAcl: 7,
  sync: 9,
  ping: 11,
  getChildren2: 12,
  multi: 14,
  auth: 100,
  setWatches: 101,
  closeSession: -11,
} as const;

/** The xids that the protocol reserves. */
export const XID = { notification: -1, ping: -2, auth: -4, setWatches: -8 } as const;

/** `zxid` is that of the transaction; `connection` is the number of the connection it was sent on. */
export interface Written {
  readonly zxid: Zxid;
  readonly connection: number;
}
export interface Created extends Written {
  readonly path: string;
  /** Sent by the server for containers and TTL nodes only; others have czxid = `zxid`, version 0. */
  readonly stat?: Stat;
}
export interface Changed extends Written {
  readonly stat: Stat;
}

/** A watch to set with a read, and where it goes once the reply is there. */
export interface WatchSetting {
  readonly watch: Watch;
  readonly register: (kind: WatchKind, path: string, watch: Watch) => void;
}

const ANY_BYTES_MIN = 4;

export function createCall(path: string, data: Uint8Array, options: CreateOptions): Call<Created> {
  const opcode = createOpcode(options);
  return {
    operation: "create",
    path,
    opcode,
    body: (writer) => writeCreate(writer, path, data, options),
    read: (reader, context) => {
      const created = { path: reader.string(), ...written(context) };
      return { value: reader.remaining === 0 ? created : { ...created, stat: readStat(reader) } };
    },
  };
}

export function deleteCall(path: string, version: number): Call<Written> {
  return {
    operation: "delete",
    path,
    opcode: OPCODE.delete,
    body: (writer) => writer.string(path).int(version),
    read: (_, context) => ({ value: written(context) }),
  };
}

export function setDataCall(path: string, data: Uint8Array, version: number): Call<Changed> {
  return {
    operation: "setData",
    path,
    opcode: OPCODE.setData,
    body: (writer) => writer.string(path).buffer(data).int(version),
    read: (reader, context) => ({ value: { stat: readStat(reader), ...written(context) } }),
  };
}

export function setAclCall(path: string, acl: readonly Acl[], version: number): Call<Changed> {
  return {
    operation: "setAcl",
    path,
    opcode: OPCODE.setAcl,
    body: (writer) => {
      writer.string(path);
      writeAcls(writer, acl);
      writer.int(version);
    },
    read: (reader, context) => ({ value: { stat: readStat(reader), ...written(context) } }),
  };
}

export function getDataCall(
  path: string,
  setting: WatchSetting | undefined,
): Call<{ data: Uint8Array; stat: Stat }> {
  return {
    operation: "getData",
    path,
    opcode: OPCODE.getData,
    body: (writer) => writer.string(path).bool(setting !== undefined),
    read: (reader) => {
      const value = { data: reader.buffer(), stat: readStat(reader) };
      setting?.register("data", path, setting.watch);
      return { value };
    },
  };
}

export function existsCall(
  path: string,
  setting: WatchSetting | undefined,
): Call<Stat | undefined> {
  return {
    operation: "exists",
    path,
    opcode: OPCODE.exists,
    body: (writer) => writer.string(path).bool(setting !== undefined),
    read: (reader) => {
      const value = readStat(reader);
      setting?.register("data", path, setting.watch);
      return { value };
    },
    readError: (code) => {
      if (code !== zkCode("NoNode")) return { refused: { code } };
      setting?.register("exist", path, setting.watch);
      return { value: undefined };
    },
  };
}

export function childrenCall(
  path: string,
  setting: WatchSetting | undefined,
): Call<{ children: string[]; stat: Stat }> {
  return {
    operation: "children",
    path,
    opcode: OPCODE.getChildren2,
    body: (writer) => writer.string(path).bool(setting !== undefined),
    read: (reader) => {
      const children = reader.vector(ANY_BYTES_MIN, () => reader.string());
      const value = { children, stat: readStat(reader) };
      setting?.register("child", path, setting.watch);
      return { value };
    },
  };
}

export function getAclCall(path: string): Call<{ acl: Acl[]; stat: Stat }> {
  return {
    operation: "getAcl",
    path,
    opcode: OPCODE.getAcl,
    body: (writer) => writer.string(path),
    read: (reader) => ({ value: { acl: readAcls(reader), stat: readStat(reader) } }),
  };
}

/** The zxid is how far the answering server has come: at least to every write before the sync. */
export function syncCall(path: string): Call<Written> {
  return {
    operation: "sync",
    path,
    opcode: OPCODE.sync,
    body: (writer) => writer.string(path),
    read: (reader, context) => {
      reader.string();
      return { value: written(context) };
    },
  };
}

export function authCall(scheme: string, credentials: string): Call<void> {
  return {
    operation: "addAuth",
    opcode: OPCODE.auth,
    fixedXid: XID.auth,
    body: (writer) => writer.int(0).string(scheme).string(credentials),
    read: () => ({ value: undefined }),
  };
}

export function setWatchesCall(body: Call<void>["body"]): Call<void> {
  return {
    operation: "setWatches",
    opcode: OPCODE.setWatches,
    fixedXid: XID.setWatches,
    body,
    read: () => ({ value: undefined }),
  };
}

export function closeSessionCall(): Call<void> {
  return {
    operation: "closeSession",
    opcode: OPCODE.closeSession,
    body: () => undefined,
    read: () => ({ value: undefined }),
  };
}

function written(context: ReplyContext): Written {
  return { zxid: context.zxid, connection: context.connection };
}
