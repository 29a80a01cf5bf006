/**
 * ZooKeeper's error codes by name (KeeperException.Code), as they stand in reply headers and in the
 * results of a multi. `Closing` is the C client's: the application closed this client itself.
 */
const CODES = {
  Ok: 0,
  SystemError: -1,
  RuntimeInconsistency: -2,
  DataInconsistency: -3,
  ConnectionLoss: -4,
  MarshallingError: -5,
  Unimplemented: -6,
  OperationTimeout: -7,
  BadArguments: -8,
  NewConfigNoQuorum: -13,
  ReconfigInProgress: -14,
  UnknownSession: -12,
  ApiError: -100,
  NoNode: -101,
  NoAuth: -102,
  BadVersion: -103,
  NoChildrenForEphemerals: -108,
  NodeExists: -110,
  NotEmpty: -111,
  SessionExpired: -112,
  InvalidCallback: -113,
  InvalidAcl: -114,
  AuthFailed: -115,
  Closing: -116,
  SessionMoved: -118,
  NotReadOnly: -119,
  EphemeralOnLocalSession: -120,
  NoWatcher: -121,
  RequestTimeout: -122,
  ReconfigDisabled: -123,
  SessionClosedRequireSaslAuth: -124,
  QuotaExceeded: -125,
  ThrottledOp: -127,
} as const satisfies Record<string, number>;

/** A name of the table, or `Unknown` for a number that is in no version's table. */
export type ZkErrorName = keyof typeof CODES | "Unknown";

const NAMES: ReadonlyMap<number, ZkErrorName> = new Map(
  Object.entries(CODES).map(([name, code]) => [code, name as keyof typeof CODES]),
);

export function zkCode(name: keyof typeof CODES): number {
  return CODES[name];
}

export function zkName(code: number): ZkErrorName {
  return NAMES.get(code) ?? "Unknown";
}
