/**
 * A transaction log file as records: the frames (scan.ts), each decoded (records.ts). What a file
 * holds never throws; only a file that is no transaction log does.
 *
 * A record whose checksum is right and whose content is not what ZooKeeper 3.4 to 3.9 writes (a type
 * of a later version, bytes left over) ends the file as `corrupt` at that record, with the reason and
 * the zxid: what stands before it is good, what follows is not trusted, and nobody reads a log with a
 * record left out as if it were whole.
 */

import { formatZxid, zxid } from "../ids.ts";
import { JuteError, TxnLogError } from "./errors.ts";
import { JuteReader } from "./jute.ts";
import { readEntry } from "./records.ts";
import { entryLength, FILE_HEADER_BYTES, FRAME_HEAD_BYTES, scanRecords } from "./scan.ts";
import type { LogFile, LogTail, TxnRecord } from "./types.ts";

/** "ZKLG" */
export const LOG_MAGIC = 0x5a4b4c47;
export const LOG_VERSION = 2;

/**
 * Decodes one `log.<zxid>` file. Records and data are views of the bytes given (of a copy where
 * most of the file is padding), so do not reuse the buffer. Throws TxnLogError if the bytes are no
 * transaction log; a file cut inside its header, empty ones included, is a torn one without records,
 * since a server killed while it made the file leaves just that.
 */
export function decodeLogFile(
  bytes: Uint8Array,
  source: { readonly server: string; readonly file: string },
): LogFile {
  if (bytes.length < FILE_HEADER_BYTES) {
    const reason = `the file ends ${bytes.length} bytes into its header`;
    return { ...source, dbId: 0n, records: [], tail: { kind: "torn", offset: 0, reason } };
  }
  const header = new JuteReader(bytes, 0, FILE_HEADER_BYTES);
  const magic = header.int("magic");
  if (magic !== LOG_MAGIC) {
    throw new TxnLogError(source, 0, `no transaction log, magic ${hex(magic)}, found`, {
      hint: "expected a file log.<zxid> that begins with ZKLG",
    });
  }
  const version = header.int("version");
  if (version !== LOG_VERSION) {
    throw new TxnLogError(source, 4, `a transaction log of version ${version}, found`, {
      hint: `this reader knows version ${LOG_VERSION}`,
    });
  }
  const dbId = header.long("dbid");
  const scan = scanRecords(bytes);
  const { records, tail } = decodeRecords(withoutPadding(bytes, scan.tail), scan.offsets, source);
  return { ...source, dbId, records, tail: tail ?? scan.tail };
}

function decodeRecords(
  bytes: Uint8Array,
  offsets: readonly number[],
  source: { readonly server: string; readonly file: string },
): { records: readonly TxnRecord[]; tail: LogTail | undefined } {
  const reader = new JuteReader(bytes);
  const records: TxnRecord[] = [];
  for (const offset of offsets) {
    const start = offset + FRAME_HEAD_BYTES;
    reader.moveTo(start, start + entryLength(reader.view, offset));
    try {
      const { server, file } = source;
      records.push(readEntry(reader, { server, file, offset }));
    } catch (error) {
      if (!(error instanceof JuteError)) throw error;
      const id = formatZxid(zxid(reader.view.getBigUint64(start + 12)));
      const reason = `${error.message} (zxid ${id}, byte ${error.offset})`;
      return { records, tail: { kind: "corrupt", offset, reason } };
    }
  }
  return { records, tail: undefined };
}

/** Views of a file keep all of it in memory: 64 MiB of padding for a few records. */
function withoutPadding(bytes: Uint8Array, tail: LogTail): Uint8Array {
  return tail.offset < bytes.length / 2 ? bytes.slice(0, tail.offset) : bytes;
}

function hex(value: number): string {
  return `0x${(value >>> 0).toString(16).padStart(8, "0")}`;
}
