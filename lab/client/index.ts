/** The ZooKeeper client: sessions, transactions, certain and uncertain errors, four-letter words. */
export type { Changed, Created, Written } from "./calls.ts";
export { type Certainty, certaintyOf, type Progress } from "./certainty.ts";
export { type ZkErrorName, zkCode, zkName } from "./codes.ts";
export type { Ping } from "./connection.ts";
export type { CreateMode, CreateOptions } from "./create.ts";
export type { ClientState } from "./endings.ts";
export { ConnectionLost, type LossReason, ZooKeeperError } from "./errors.ts";
export { fourLetterWord, parseSrvr, type ServerMode, type Srvr } from "./four-letter-word.ts";
export { type MultiDone, type Op, type OpResult, op } from "./multi.ts";
export { sessionPassword } from "./password.ts";
export { type Acl, CREATOR_ACL, digestId, OPEN_ACL, PERMS, type Stat } from "./records.ts";
export { formatAddress, parseConnectString, type ServerAddress } from "./servers.ts";
export type { Watch, WatchEvent, WatchEventType } from "./watches.ts";
export { type ClientEvents, type ClientOptions, ZooKeeper } from "./zookeeper.ts";
