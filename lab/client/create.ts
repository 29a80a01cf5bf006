/** Creates in all their modes. The mode decides the opcode, the flags and the shape of the body. */
import type { JuteWriter } from "./jute.ts";
import { type Acl, OPEN_ACL, writeAcls } from "./records.ts";

const FLAGS = {
  persistent: 0,
  ephemeral: 1,
  "persistent-sequential": 2,
  "ephemeral-sequential": 3,
  container: 4,
  "persistent-ttl": 5,
  "persistent-ttl-sequential": 6,
} as const;

export type CreateMode = keyof typeof FLAGS;

export interface CreateOptions {
  /** Default: persistent. */
  readonly mode?: CreateMode;
  /** Default: everything to everyone. */
  readonly acl?: readonly Acl[];
  /** For the ttl modes, and only for them; the server must have extended types enabled. */
  readonly ttlMs?: number;
}

/**
 * Plain creates use `create` and not `create2`: it is understood by every server from 3.3 on, and
 * the Stat that create2 adds says nothing that the reply's zxid does not.
 */
const OPCODE_CREATE = 1;
const OPCODE_CREATE_CONTAINER = 19;
const OPCODE_CREATE_TTL = 21;

export function createOpcode(options: CreateOptions): number {
  const mode = modeOf(options);
  if (mode === "container") return OPCODE_CREATE_CONTAINER;
  return mode.startsWith("persistent-ttl") ? OPCODE_CREATE_TTL : OPCODE_CREATE;
}

export function isSequential(options: CreateOptions): boolean {
  return modeOf(options).endsWith("-sequential");
}

/** What is wrong with the options, or undefined. */
export function createProblem(options: CreateOptions): string | undefined {
  const takesTtl = createOpcode(options) === OPCODE_CREATE_TTL;
  const { ttlMs } = options;
  if (takesTtl && ttlMs === undefined) return `mode ${modeOf(options)} needs ttlMs`;
  if (!takesTtl && ttlMs !== undefined) return `mode ${modeOf(options)} takes no ttlMs`;
  if (ttlMs !== undefined && !(Number.isSafeInteger(ttlMs) && ttlMs > 0)) {
    return `ttlMs ${ttlMs} is no positive number of milliseconds`;
  }
  return undefined;
}

export function writeCreate(
  writer: JuteWriter,
  path: string,
  data: Uint8Array,
  options: CreateOptions,
): void {
  writer.string(path).buffer(data);
  writeAcls(writer, options.acl ?? OPEN_ACL);
  writer.int(FLAGS[modeOf(options)]);
  if (options.ttlMs !== undefined) writer.long(BigInt(options.ttlMs));
}

function modeOf(options: CreateOptions): CreateMode {
  return options.mode ?? "persistent";
}
